// Opens every page of the book in Chromium, as a reader without a network would: in each
// theme, on a phone, without JavaScript; plays each run. Fails on an error in the console,
// on a request to another server, on a page that is wider than the phone, on an output
// that cannot be selected or copied, on what axe-core calls serious or critical, and on a
// player whose step does not light what it names.
//
//     npm ci && node test.mjs              all pages
//     node test.mjs pools/bounded          only those with this in their address
//
// CHROMIUM names the browser, /usr/bin/chromium if it is not set. The pictures of the
// pages are left in the folder of cargo's build, under `book-pages`.

import { spawn } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';
import * as player from './player.mjs';
import { accessibility, open, outputs, theme, widths } from './reader.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const pictures = path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'target'), 'book-pages');

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1440, height: 900 };
const DARK = ['rust', 'coal', 'navy', 'ayu'];
/** Pages that are open at the same time. */
const AT_ONCE = 2;
/** All pages in one: what is on it has been looked at already. */
const PRINT = '/print.html';

const problems = [];

/** Starts `cargo book serve` on a free port and returns it with its address. */
async function serve() {
    const server = spawn('cargo', ['book', 'serve', '--addr', '127.0.0.1:0'], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const piece of server.stdout) {
        said += piece;
        const address = said.match(/http:\/\/[\d.:]+/);
        if (address) return { server, address: address[0] };
    }
    throw new Error(`cargo book serve did not start: ${said}`);
}

/** The addresses of all pages. */
async function pages(folder, prefix = '') {
    const found = [];
    for (const entry of await readdir(folder, { withFileTypes: true })) {
        if (entry.isDirectory()) {
            found.push(...await pages(path.join(folder, entry.name), `${prefix}/${entry.name}`));
        } else if (entry.name.endsWith('.html') && entry.name !== 'toc.html') {
            found.push(`${prefix}/${entry.name}`);
        }
    }
    return found.sort();
}

const file = where => where.slice(1).replaceAll('/', '-').replace('.html', '');
const picture = (page, name, options) => page.screenshot({ path: path.join(pictures, `${name}.png`), ...options });

/** On a desk: in each theme as it is, and while a run is played. */
async function onDesk(page, where) {
    const name = `${where} (light)`;
    await theme(page, 'light');
    await widths(page, name, problems);
    await accessibility(page, name, problems);
    await outputs(page, name, problems);
    await picture(page, `${file(where)}-light`);
    await page.locator('main').screenshot({ path: path.join(pictures, `${file(where)}-light-whole.png`) });
    const plays = await page.locator('.player').count() > 0;
    if (plays) {
        await player.players(page, name, problems);
        await player.still(page, name, problems);
        await accessibility(page, `${name}, playing`, problems);
    }
    // Only the colours differ in the other themes.
    for (const other of DARK) {
        await theme(page, other);
        await accessibility(page, `${where} (${other})`, problems, ['color-contrast']);
        if (other === 'navy') await picture(page, `${file(where)}-navy`);
    }
    if (plays) {
        await player.end(page, name, problems);
        await theme(page, 'navy');
        await accessibility(page, `${where} (navy), at rest`, problems, ['color-contrast']);
    }
}

async function onPhone(page, where) {
    const name = `${where} (phone)`;
    await widths(page, name, problems);
    await accessibility(page, name, problems);
    await picture(page, `${file(where)}-phone`, { fullPage: true });
    const step = page.locator('.player [data-do=next]').first();
    if (await step.count()) {
        await step.tap();
        await step.tap();
        await widths(page, `${name}, playing`, problems);
        await accessibility(page, `${name}, playing`, problems);
    }
}

/** The page for printing: not too wide, and without controls. */
async function forPrint(page, where) {
    await widths(page, where, problems);
    await page.emulateMedia({ media: 'print' });
    if (await page.locator('.player').first().isVisible()) problems.push(`${where}: the players are printed`);
    await page.emulateMedia({ media: null });
}

async function search(browser, address) {
    const { context, page } = await open(browser, address, { viewport: DESK }, problems);
    await page.goto(`${address}/introduction.html`);
    await page.keyboard.press('s');
    await page.locator('#mdbook-searchbar').pressSequentially('callback');
    await page.waitForSelector('#mdbook-searchresults a', { timeout: 20_000 })
        .catch(() => problems.push('search: nothing is found for “callback”'));
    await page.focus('#mdbook-sidebar-toggle');
    const before = await page.getAttribute('#mdbook-sidebar-toggle', 'aria-expanded');
    await page.keyboard.press('Enter');
    if (before === await page.getAttribute('#mdbook-sidebar-toggle', 'aria-expanded')) {
        problems.push('the table of contents does not open with the keyboard');
    }
    await context.close();
}

/** Looks at pages until none is left, in contexts of its own. */
async function reader(browser, address, left) {
    const opened = await Promise.all([
        { viewport: DESK },
        { viewport: PHONE, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
        { viewport: DESK, javaScriptEnabled: false },
    ].map(options => open(browser, address, options, problems)));
    const [desk, phone, plain] = opened.map(opened => opened.page);
    for (let where = left.shift(); where; where = left.shift()) {
        const begun = Date.now();
        const go = page => page.goto(address + where, { waitUntil: 'load', timeout: 120_000 });
        await go(desk);
        if (where === PRINT) {
            await forPrint(desk, where);
        } else {
            await onDesk(desk, where);
            await go(phone);
            await onPhone(phone, where);
            await go(plain);
            await player.withoutScript(plain, `${where} (without JavaScript)`, problems);
        }
        console.log(`${where}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    }
    for (const { context } of opened) await context.close();
}

const { server, address } = await serve();
const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
        '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
});
const wanted = process.argv.slice(2);
let count = 0;
try {
    await mkdir(pictures, { recursive: true });
    const all = await pages(path.join(root, 'mdbook/book'));
    const left = all.filter(where => !wanted.length || wanted.some(word => where.includes(word)));
    count = left.length;
    if (!count) problems.push(`no page has ${wanted.join(' or ')} in its address`);
    await Promise.all(Array.from({ length: AT_ONCE }, () => reader(browser, address, left)));
    if (!wanted.length) await search(browser, address);
} finally {
    await browser.close();
    server.kill('SIGINT');
}

for (const problem of problems) console.error(problem);
console.log(problems.length ? `${problems.length} problems` : `${count} pages: in order`);
process.exit(problems.length ? 1 : 0);
