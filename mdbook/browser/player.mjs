// The player of a page, as a reader uses it: every step lights the line of the source, the
// line of the output and the bars that the step names, in the page and in the player; the
// page stays where it is.

/** Runs in the page: goes through all steps of one player with its button. */
function throughAllSteps(number) {
    const problems = [];
    const player = document.querySelectorAll('.player')[number];
    const { section, source } = player.dataset;
    const items = [...player.querySelectorAll('.player-steps li')];
    const within = text => {
        const ranges = (text ?? '').split(' ').filter(Boolean).map(range => range.split('-').map(Number));
        return number => ranges.some(([first, last = first]) => first <= number && number <= last);
    };
    const meet = (text, other) => {
        const [one, two] = [text, other].map(text => (text ?? '').split(' ').filter(Boolean)
            .map(range => range.split('-').map(Number)));
        return one.some(([a, b = a]) => two.some(([c, d = c]) => a <= d && c <= b));
    };
    const title = [...document.querySelectorAll('.listing-title > code')].find(title => title.textContent === source);
    let listing = title?.parentElement;
    while (listing && !listing.matches('pre') && !listing.querySelector('pre code')) listing = listing.nextElementSibling;
    const before = listing?.querySelector('code').textContent;
    const output = document.querySelector(`.terminal[data-section="${section}"]`);
    const picture = document.getElementById(`run-${section.replace('/', '-')}`);
    const next = player.querySelector('[data-do=next]');
    const bar = player.querySelector('.player-bar');
    const top = bar.getBoundingClientRect().top;
    const numbers = (list, selector) => [...list?.querySelectorAll(selector) ?? []]
        .map((line, index) => [line, index + 1]).filter(([line]) => line.classList.contains('p-now'))
        .map(([, number]) => number).join();
    const inView = list => {
        const lit = list?.querySelector('.p-now');
        if (!lit) return true;
        const [line, box] = [lit.getBoundingClientRect(), list.getBoundingClientRect()];
        return line.bottom > box.top && line.top < box.bottom;
    };
    let seen = 0;
    for (const [place, item] of items.entries()) {
        const says = (what, is, should) => {
            if (is !== should) problems.push(`${section}, step ${place + 1}: ${what}: “${is}”, not “${should}”`);
        };
        const { s = '', l, e } = item.dataset;
        next.click();
        says('the sentence', player.querySelector('.player-say').textContent, item.textContent);
        says('the count', player.querySelector('.player-count').textContent.split(' · ')[0], `${place + 1} of ${items.length}`);
        says('the slider', player.querySelector('input').value, String(place));
        says('lines lit in the source', numbers(listing, '.p-line'), s);
        says('lines lit in the player’s source', numbers(player.querySelector('.player-source'), 'li'), s);
        const lines = [...output?.querySelectorAll('[data-l]') ?? []];
        const printed = lines.map(line => Number(line.dataset.l)).filter(within(l)).join();
        if (l && !printed) says('no line of the output is', l, '');
        says('lines lit in the output', lines.filter(line => line.classList.contains('p-now'))
            .map(line => Number(line.dataset.l)).join(), printed);
        says('lines lit in the player’s output', numbers(player.querySelector('.player-output'), 'li'), printed);
        for (const bar of picture?.querySelectorAll('[data-e]') ?? []) {
            const lit = (bar.closest('tr') ?? bar).classList.contains('p-now');
            const row = bar.closest('tr');
            const should = row
                ? [...row.querySelectorAll('[data-e]')].some(bar => meet(bar.dataset.e, e))
                : meet(bar.dataset.e, e);
            says(`the bar ${bar.dataset.e} is lit`, lit, should);
            seen += lit;
        }
        says('the source is in view', inView(player.querySelector('.player-source .player-scroll')), true);
        says('the output is in view', inView(player.querySelector('.player-output .player-scroll')), true);
        const moved = Math.abs(bar.getBoundingClientRect().top - top);
        if (moved > 2) says('the buttons have moved by', moved, 0);
        const lit = [...picture?.querySelectorAll('.p-now') ?? []].filter(bar => bar.getClientRects().length);
        const frame = picture?.getBoundingClientRect();
        says('what is lit is in view', !lit.length || lit.some(bar => {
            const { top, bottom } = bar.getBoundingClientRect();
            return bottom > frame.top && top < frame.bottom;
        }), true);
    }
    if (picture?.querySelector('[data-e]') && !seen) problems.push(`${section}: no bar was ever lit`);
    if (picture?.querySelector('.p-future')) problems.push(`${section}: after the last step, something is still to come`);
    if (listing?.querySelector('code').textContent !== before) {
        problems.push(`${section}: the listing has another text than before`);
    }
    return problems;
}

const count = player => player.locator('.player-count').textContent();

/** The keys, the slider, play and pause, the way back to the still picture. */
async function controls(page, player, name, problems) {
    const check = (what, is, should) => {
        if (is !== should) problems.push(`${name}: ${what}: ${is}, not ${should}`);
    };
    const steps = await player.locator('.player-steps li').count();
    const address = page.url();
    const at = async (what, step) => check(what, (await count(player)).split(' · ')[0], `${step} of ${steps}`);
    const slider = player.locator('input');
    await slider.focus();
    await page.keyboard.press('Home');
    await at('Home', 1);
    await page.keyboard.press('ArrowRight');
    await at('the right arrow', Math.min(2, steps));
    await page.keyboard.press('ArrowLeft');
    await at('the left arrow', 1);
    await page.keyboard.press('End');
    await at('End', steps);
    await slider.fill('1');
    await at('the slider', 2);
    check('what the slider says', (await slider.getAttribute('aria-valuetext')).split(',')[0], `step 2 of ${steps}`);
    await player.locator('[data-do=back]').focus();
    await page.keyboard.press('Enter');
    await at('the button Back', 1);
    // A key that the player does not know, and keys in its boxes, stay what they are.
    if (await player.locator('.player-source .player-scroll').count()) {
        await player.locator('.player-source .player-scroll').focus();
        await page.keyboard.press('ArrowRight');
        await at('an arrow in the source', 1);
    }
    await slider.focus();
    await player.locator('select').selectOption('4');
    await page.keyboard.press(' ');
    check('while it plays, the live region', await player.locator('.player-say').getAttribute('aria-live'), 'off');
    check('the button', await player.locator('[data-do=play]').textContent(), 'Pause');
    await page.waitForFunction(
        ([player, from]) => player.querySelector('.player-count').textContent !== from,
        [await player.elementHandle(), await count(player)], { timeout: 20_000, polling: 20 },
    ).catch(() => problems.push(`${name}: it does not play`));
    await page.keyboard.press(' ');
    check('after a pause, the live region', await player.locator('.player-say').getAttribute('aria-live'), 'polite');
    const paused = await count(player);
    await page.waitForTimeout(900);
    check('after a pause, it stands at', await count(player), paused);
    check('the page', page.url(), address);
}

/** All players of a page. */
export async function players(page, name, problems) {
    const all = page.locator('.player');
    for (let number = 0; number < await all.count(); number++) {
        const player = all.nth(number);
        problems.push(...(await page.evaluate(throughAllSteps, number)).slice(0, 5).map(text => `${name}: ${text}`));
        await controls(page, player, name, problems);
    }
}

/** With reduced motion, nothing moves by itself. */
export async function still(page, name, problems) {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const moving = await page.evaluate(() => [...document.querySelectorAll('.player *, .run *')].filter(element => {
        const style = getComputedStyle(element);
        return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none';
    }).length);
    if (moving) problems.push(`${name}: with reduced motion, ${moving} elements move`);
    await page.emulateMedia({ reducedMotion: null });
}

/** Back to the still picture: nothing is marked any more. */
export async function end(page, name, problems) {
    for (const button of await page.locator('.player [data-do=whole]').all()) {
        if (await button.isVisible()) await button.click();
    }
    const left = await page.locator('.p-now, .p-future, .p-on').count();
    if (left) problems.push(`${name}: after “Show all”, ${left} elements are still marked`);
}

/** Without JavaScript: no controls, but the picture and the sentences. */
export async function withoutScript(page, name, problems) {
    if (!await page.locator('.player').count()) return;
    if (await page.locator('.player button, .player input').count()) problems.push(`${name}: controls that do nothing`);
    const summary = page.locator('.player summary').first();
    await summary.click();
    if (!await page.locator('.player-steps li').first().isVisible()) problems.push(`${name}: the sentences do not open`);
}
