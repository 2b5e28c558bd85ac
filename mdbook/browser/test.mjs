// Opens every page of the book in Chromium, as a reader without a network would:
// light, dark, on a phone. Fails on an error in the console, on a request to
// another server, on a page that is wider than the phone, on an output that
// cannot be selected or copied, and on what axe-core calls serious or critical.
//
//     npm ci && node test.mjs
//
// CHROMIUM names the browser, /usr/bin/chromium if it is not set. The pictures
// of the pages are left in the folder of cargo's build, under `book-pages`.

import { spawn } from 'node:child_process';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';

const root = path.resolve(import.meta.dirname, '../..');
const pictures = path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'target'), 'book-pages');
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1440, height: 900 };
const THEMES = ['light', 'rust', 'coal', 'navy', 'ayu'];

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

/** A page of the browser that reports what a reader must never meet. */
async function open(browser, address, options, name) {
    const context = await browser.newContext({
        permissions: ['clipboard-read', 'clipboard-write'],
        ...options,
    });
    const page = await context.newPage();
    page.on('console', message => {
        if (message.type() === 'error') problems.push(`${name}: console: ${message.text()}`);
    });
    page.on('pageerror', error => problems.push(`${name}: ${error.message}`));
    await context.route('**', route => {
        const asked = route.request().url();
        if (asked.startsWith(`${address}/`) || asked.startsWith('data:')) return route.continue();
        problems.push(`${name}: asks for ${asked}`);
        return route.abort();
    });
    // The page for printing opens the dialogue of the printer.
    await page.addInitScript(() => { window.print = () => {}; });
    return { context, page };
}

async function widths(page, name) {
    const [content, window_] = await page.evaluate(() => [
        Math.max(document.documentElement.scrollWidth, document.querySelector('#mdbook-content')?.scrollWidth ?? 0),
        window.innerWidth,
    ]);
    if (content > window_) problems.push(`${name}: ${content} pixels wide on a screen of ${window_}`);
}

async function accessibility(page, name) {
    await page.evaluate(axe);
    const result = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
    for (const violation of result.violations) {
        const where = violation.nodes.slice(0, 3).map(node => node.target.join(' ')).join(', ');
        const text = `${name}: axe: ${violation.id} (${violation.impact}): ${where}`;
        if (['serious', 'critical'].includes(violation.impact)) problems.push(text);
        else console.log(`    ${text}`);
    }
}

/** Every output can be selected with the mouse and copied with its button. */
async function outputs(page, name) {
    const blocks = page.locator('.terminal pre');
    for (let number = 0; number < await blocks.count(); number++) {
        const block = blocks.nth(number);
        const [selected, whole] = await block.locator('code').evaluate(code => {
            const selection = window.getSelection();
            selection.removeAllRanges();
            const range = document.createRange();
            range.selectNodeContents(code);
            selection.addRange(range);
            return [selection.toString(), code.textContent];
        });
        if (!selected.includes('lesson') || selected.length < whole.length - 4) {
            problems.push(`${name}: output ${number} cannot be selected`);
        }
        await block.hover();
        await block.locator('.clip-button').click();
        const copied = await page.evaluate(() => navigator.clipboard.readText());
        if (!copied.includes('cargo run --bin') || !copied.includes('│')) {
            problems.push(`${name}: the button of output ${number} copies “${copied.slice(0, 40)}”`);
        }
    }
}

const { server, address } = await serve();
const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
        '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
});
let count = 0;
try {
    await mkdir(pictures, { recursive: true });
    for (const where of await pages(path.join(root, 'mdbook/book'))) {
        count += 1;
        const file = where.slice(1).replaceAll('/', '-').replace('.html', '');
        console.log(where);
        for (const theme of THEMES) {
            const name = `${where} (${theme})`;
            const { context, page } = await open(browser, address, { viewport: DESK }, name);
            await page.addInitScript(theme => localStorage.setItem('mdbook-theme', theme), theme);
            await page.goto(address + where, { waitUntil: 'load' });
            await page.evaluate(() => document.fonts.ready);
            await widths(page, name);
            await accessibility(page, name);
            if (theme === 'light') await outputs(page, name);
            if (theme === 'light' || theme === 'navy') {
                await page.screenshot({ path: path.join(pictures, `${file}-${theme}.png`), fullPage: false });
                await page.locator('main').screenshot({ path: path.join(pictures, `${file}-${theme}-whole.png`) });
            }
            await context.close();
        }
        const name = `${where} (phone)`;
        const { context, page } = await open(
            browser, address, { viewport: PHONE, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }, name,
        );
        await page.goto(address + where, { waitUntil: 'load' });
        await page.evaluate(() => document.fonts.ready);
        await widths(page, name);
        await accessibility(page, name);
        await page.screenshot({ path: path.join(pictures, `${file}-phone.png`), fullPage: true });
        await context.close();
    }
    // The search works, and so does the keyboard on the table of contents.
    const { context, page } = await open(browser, address, { viewport: DESK }, 'search');
    await page.goto(`${address}/introduction.html`);
    await page.keyboard.press('s');
    await page.locator('#mdbook-searchbar').pressSequentially('callback');
    await page.waitForSelector('#mdbook-searchresults a', { timeout: 5000 })
        .catch(() => problems.push('search: nothing is found for “callback”'));
    await page.focus('#mdbook-sidebar-toggle');
    const before = await page.getAttribute('#mdbook-sidebar-toggle', 'aria-expanded');
    await page.keyboard.press('Enter');
    if (before === await page.getAttribute('#mdbook-sidebar-toggle', 'aria-expanded')) {
        problems.push('the table of contents does not open with the keyboard');
    }
    await context.close();
} finally {
    await browser.close();
    server.kill('SIGINT');
}

for (const problem of problems) console.error(problem);
console.log(problems.length ? `${problems.length} problems` : `${count} pages: in order`);
process.exit(problems.length ? 1 : 0);
