// What a reader meets on any page: errors, requests to other servers, pages that are wider
// than the screen, outputs that cannot be copied, and what axe-core finds.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A page of the browser that reports what a reader must never meet. */
export async function open(browser, address, options, problems) {
    const context = await browser.newContext({
        permissions: ['clipboard-read', 'clipboard-write'],
        ...options,
    });
    const page = await context.newPage();
    const where = () => page.url().replace(address, '');
    page.on('console', message => {
        if (message.type() === 'error') problems.push(`${where()}: console: ${message.text()}`);
    });
    page.on('pageerror', error => problems.push(`${where()}: ${error.message}`));
    await context.route('**', route => {
        const asked = route.request().url();
        if (asked.startsWith(`${address}/`) || asked.startsWith('data:')) return route.continue();
        problems.push(`${where()}: asks for ${asked}`);
        return route.abort();
    });
    // The page for printing opens the dialogue of the printer.
    await page.addInitScript(() => { window.print = () => {}; });
    return { context, page };
}

/** Changes the theme as the menu does. */
export async function theme(page, name) {
    await page.evaluate(name => document.getElementById(`mdbook-theme-${name}`).click(), name);
    await page.waitForFunction(name => document.documentElement.classList.contains(name), name);
}

export async function widths(page, name, problems) {
    const [content, window_] = await page.evaluate(() => [
        Math.max(document.documentElement.scrollWidth, document.querySelector('#mdbook-content')?.scrollWidth ?? 0),
        window.innerWidth,
    ]);
    if (content > window_) problems.push(`${name}: ${content} pixels wide on a screen of ${window_}`);
}

/** With `only`, no other rules of axe-core are looked at. */
export async function accessibility(page, name, problems, only) {
    if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
    const result = await page.evaluate(only => axe.run(document, {
        resultTypes: ['violations'],
        ...(only && { runOnly: { type: 'rule', values: only } }),
    }), only);
    for (const violation of result.violations) {
        const where = violation.nodes.slice(0, 3).map(node => node.target.join(' ')).join(', ');
        const text = `${name}: axe: ${violation.id} (${violation.impact}): ${where}`;
        if (['serious', 'critical'].includes(violation.impact)) problems.push(text);
        else console.log(`    ${text}`);
    }
}

/** Every output can be selected with the mouse and copied with its button. */
export async function outputs(page, name, problems) {
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
