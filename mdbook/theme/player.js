// The player under the picture of a run. The steps are computed when the book is built;
// here they only get classes. Without this script, the page has the still picture and
// the sentences.
(() => {
    'use strict';

    /** Milliseconds from one step to the next at normal speed. */
    const PACE = 1600;

    const make = (name, attributes = {}, ...children) => {
        const element = document.createElement(name);
        for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
        element.append(...children);
        return element;
    };

    /** `3 7-9` as pairs: [3, 3], [7, 9]. */
    const ranges = text => (text ?? '').split(' ').filter(Boolean).map(range => {
        const [first, last = first] = range.split('-').map(Number);
        return [first, last];
    });
    const within = (number, list) => list.some(([first, last]) => first <= number && number <= last);

    /** Puts each line of a listing into an element of its own. A span of the highlighter
        that goes over several lines becomes one span per line. */
    const wrapped = code => {
        const done = [...code.querySelectorAll(':scope > .p-line')];
        if (done.length) return done;
        const lines = [make('span', { class: 'p-line' })];
        const walk = (node, path) => {
            if (node.nodeType !== Node.TEXT_NODE) {
                for (const child of [...node.childNodes]) walk(child, [...path, node]);
                return;
            }
            node.data.split('\n').forEach((piece, number) => {
                if (number) lines.push(make('span', { class: 'p-line' }));
                let into = lines[lines.length - 1];
                for (const ancestor of path) {
                    const last = into.lastChild;
                    if (last?.from === ancestor) into = last;
                    else {
                        const copy = ancestor.cloneNode(false);
                        copy.from = ancestor;
                        into.append(copy);
                        into = copy;
                    }
                }
                if (piece) into.append(piece);
            });
        };
        for (const child of [...code.childNodes]) walk(child, []);
        // The text stays as it was, with or without a newline at its end.
        const end = lines[lines.length - 1].textContent ? [] : ['\n'];
        if (end.length) lines.pop();
        code.replaceChildren(...lines.flatMap((line, number) => (number ? ['\n', line] : [line])), ...end);
        return lines;
    };

    /** The elements of the source, by number from 1. */
    const source = path => {
        const titles = [...document.querySelectorAll('.listing-title > code')];
        const title = titles.find(title => title.textContent === path)?.parentElement;
        let block = title;
        while (block && !block.matches('pre') && !block.querySelector('pre')) block = block.nextElementSibling;
        const code = block?.querySelector('code');
        return code ? wrapped(code) : [];
    };

    /** Copies of lines, to be shown beside each other under the picture. */
    const pane = (label, kind, lines) => {
        const list = make('ol');
        list.append(...lines.map(line => {
            const copy = line.cloneNode(true);
            copy.removeAttribute('id');
            copy.classList.remove('p-now');
            return make('li', {}, copy);
        }));
        const heading = make('p', { class: 'player-cap' }, label);
        const scroll = make('div', { class: 'player-scroll', tabindex: '0', role: 'group', 'aria-label': label }, list);
        return { list, scroll, box: make('div', { class: `player-pane player-${kind}` }, heading, scroll) };
    };

    /** The texts that stand in a bar. They follow it in its row, at a place within it. */
    const words = bar => {
        if (bar.tagName !== 'rect') return [];
        const at = (element, name) => parseFloat(element.getAttribute(name) ?? 0);
        const within = (text, axis, size) =>
            at(bar, axis) <= at(text, axis) && at(text, axis) <= at(bar, axis) + at(bar, size);
        return [...bar.parentElement.querySelectorAll(':scope > text')].filter(
            text => within(text, 'x', 'width') && within(text, 'y', 'height'),
        );
    };

    class Player {
        constructor(box) {
            this.box = box;
            this.items = [...box.querySelectorAll('.player-steps li')];
            this.steps = this.items.map(item => ({
                time: item.dataset.t,
                line: Number(item.dataset.s) || 0,
                printed: ranges(item.dataset.l),
                places: ranges(item.dataset.e),
                queues: item.dataset.q?.split(';').map(queue => queue.split('|')),
                words: item.textContent,
            }));
            this.last = this.steps.length - 1;
            this.now = -1;
            this.timer = 0;
            this.controls();
        }

        controls() {
            const button = (what, words) => make('button', { type: 'button', 'data-do': what }, words);
            this.play = button('play', 'Play');
            this.whole = button('whole', 'Show all');
            this.whole.hidden = true;
            this.slider = make('input', {
                type: 'range', min: 0, max: this.last, value: 0, 'aria-label': 'Step of the run',
                'aria-valuetext': `not started, ${this.last + 1} steps`,
            });
            this.speed = make('select', { 'aria-label': 'Speed' }, ...[0.5, 1, 2, 4].map(speed => make(
                'option', { value: speed, ...(speed === 1 && { selected: '' }) }, `${speed} ×`,
            )));
            this.count = make('span', { class: 'player-count' }, `${this.last + 1} steps`);
            this.say = make('p', { class: 'player-say', 'aria-live': 'polite' },
                'Play the run, or go through it step by step.');
            this.queue = make('p', { class: 'player-queue' });
            this.queue.hidden = true;
            this.panes = make('div', { class: 'player-panes' });
            this.panes.hidden = true;
            const bar = make('div', { class: 'player-bar', role: 'group', 'aria-label': `Play the run of ${this.box.dataset.section}` },
                this.play, button('back', 'Back'), button('next', 'Step'), this.slider, this.count,
                this.speed, this.whole);
            const hint = make('p', { class: 'player-hint' }, make('kbd', {}, 'Space'), ' plays and pauses, ',
                make('kbd', {}, 'Left'), ' and ', make('kbd', {}, 'Right'), ' step, ', make('kbd', {}, 'Home'),
                ' and ', make('kbd', {}, 'End'), ' jump. A click on a bar goes to its step.');
            this.box.prepend(bar, this.say, this.queue, this.panes, hint);
            this.box.classList.add('player-ready');

            bar.addEventListener('click', event => {
                const what = event.target.closest('button')?.dataset.do;
                if (what === 'play') this.timer ? this.stop() : this.start();
                else if (what === 'whole') this.end();
                else if (what) this.step(this.now + (what === 'next' ? 1 : -1));
            });
            this.slider.addEventListener('input', () => this.step(Number(this.slider.value)));
            this.box.addEventListener('keydown', event => this.key(event));
            document.addEventListener('visibilitychange', () => document.hidden && this.stop());
        }

        key(event) {
            // The arrows turn the pages of the book elsewhere.
            event.stopPropagation();
            const own = event.target.matches('select, summary, .player-scroll');
            if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || own) return;
            const to = {
                ArrowRight: this.now + 1, ArrowLeft: this.now - 1, Home: 0, End: this.last,
            }[event.key];
            if (to !== undefined) this.step(to);
            else if (event.key === ' ' && !event.target.matches('button')) this.timer ? this.stop() : this.start();
            else return;
            event.preventDefault();
        }

        /** Finds what is lit. Only now: most readers of a page do not play it. */
        open() {
            if (this.lines) return;
            const { section, source: path } = this.box.dataset;
            this.lines = source(path);
            const terminal = document.querySelector(`.terminal[data-section="${section}"]`);
            const printed = terminal ? [...terminal.querySelectorAll('[data-l]')] : [];
            this.printed = printed.map(line => [line, Number(line.dataset.l)]);
            this.picture = document.getElementById(`run-${section.replace('/', '-')}`);
            this.bars = [...this.picture?.querySelectorAll('[data-e]') ?? []].map(marked => {
                const places = ranges(marked.dataset.e);
                // Of a table the whole row.
                const bar = marked.closest('tr') ?? marked;
                const lit = step => places.some(([first, last]) => step.places.some(
                    ([from, to]) => first <= to && from <= last,
                ));
                return { bar, lit, from: this.steps.findIndex(lit), words: words(bar) };
            });
            this.picture?.addEventListener('click', event => {
                const hit = this.bars.find(({ bar }) => bar.contains(event.target));
                if (hit && hit.from >= 0 && this.now >= 0) this.step(hit.from);
            });
            if (this.lines.length) this.source = pane(path, 'source', this.lines);
            if (printed.length) this.output = pane(`What ${section} printed`, 'output', printed);
            this.panes.append(...[this.source, this.output].filter(Boolean).map(pane => pane.box));
            this.shown = [...this.output?.list.children ?? []];
        }

        go(to) {
            this.open();
            this.now = Math.max(0, Math.min(this.last, to));
            const step = this.steps[this.now];
            this.panes.hidden = this.whole.hidden = false;
            this.box.classList.add('player-on');
            if (!this.picture?.classList.contains('p-on')) this.fit(true);
            for (const { bar, lit, from, words } of this.bars) {
                bar.classList.toggle('p-now', lit(step));
                for (const part of [bar, ...words]) part.classList.toggle('p-future', from > this.now);
            }
            this.lines.forEach((line, number) => {
                const on = number + 1 === step.line;
                line.classList.toggle('p-now', on);
                this.mark(this.source.list.children[number], on);
            });
            const newest = Math.max(0, ...this.steps.slice(0, this.now + 1).flatMap(step => step.printed.flat()));
            this.printed.forEach(([line, number], place) => {
                const on = within(number, step.printed);
                line.classList.toggle('p-now', on);
                this.mark(this.shown[place], on);
                this.shown[place].classList.toggle('p-future', number > newest);
            });
            const line = this.printed.findIndex(([, number]) => number === (step.printed[0]?.[0] ?? newest));
            this.scroll(this.source?.scroll, this.source?.list.children[step.line - 1]);
            this.scroll(this.output?.scroll, this.shown[line]);
            this.follow();
            this.items.forEach((item, number) => this.mark(item, number === this.now));
            this.slider.value = this.now;
            this.slider.setAttribute('aria-valuetext', `step ${this.now + 1} of ${this.last + 1}, ${step.time} s`);
            this.count.textContent = `${this.now + 1} of ${this.last + 1} · ${step.time} s`;
            this.say.textContent = step.words;
            this.queues(step.queues);
        }

        mark(element, on) {
            element.classList.toggle('p-now', on);
            if (on) element.setAttribute('aria-current', 'step');
            else element.removeAttribute('aria-current');
        }

        queues(queues = []) {
            this.queue.hidden = !this.steps.some(step => step.queues);
            const several = new Set(this.steps.flatMap(step => step.queues?.map(queue => queue[0]) ?? [])).size > 1;
            const shown = queues.map(([pool, ...tasks]) => make('span', {},
                several ? `Queue of ${pool}: ` : 'Queue: ',
                ...(tasks.length ? tasks : ['empty']).flatMap(task => {
                    const more = task.startsWith('+');
                    return task === 'empty' ? task : [make('i', {}, more ? `${task.slice(1)} more` : task), ' '];
                })));
            this.queue.replaceChildren(...shown);
        }

        /** Scrolls inside the box only: `scrollIntoView` would move the page. */
        scroll(box, item) {
            if (box && item) box.scrollTop = item.offsetTop - box.clientHeight / 2;
        }

        /** A picture that is larger than its box scrolls to what is lit, inside the box. */
        follow() {
            const lit = this.bars.find(({ bar }) => bar.classList.contains('p-now'))?.bar;
            for (let box = lit?.parentElement; box && this.picture.contains(box); box = box.parentElement) {
                const [bar, frame] = [lit.getBoundingClientRect(), box.getBoundingClientRect()];
                if (box.scrollHeight > box.clientHeight && (bar.top < frame.top || bar.bottom > frame.bottom)) {
                    box.scrollTop += bar.top - frame.top - frame.height / 2;
                }
                if (box.scrollWidth > box.clientWidth && (bar.left < frame.left || bar.right > frame.right)) {
                    box.scrollLeft += bar.left - frame.left - frame.width / 2;
                }
            }
        }

        /** While it plays, the picture is not higher than half a window, so that it can be
            seen together with the player, and the player stays where it is. */
        fit(on) {
            const top = this.box.getBoundingClientRect().top;
            this.picture?.classList.toggle('p-on', on);
            if (on && this.picture?.scrollHeight > this.picture?.clientHeight) this.picture.tabIndex = 0;
            else this.picture?.removeAttribute('tabindex');
            window.scrollBy({ top: this.box.getBoundingClientRect().top - top, behavior: 'instant' });
        }

        step(to) {
            this.stop();
            this.go(to);
        }

        start() {
            if (this.now === this.last) this.now = -1;
            this.play.textContent = 'Pause';
            // A screen reader is not to be flooded while it plays.
            this.say.setAttribute('aria-live', 'off');
            const tick = () => {
                this.go(this.now + 1);
                if (this.now === this.last) this.stop();
                else this.timer = setTimeout(tick, PACE / this.speed.value);
            };
            this.timer = setTimeout(tick, 0);
        }

        stop() {
            clearTimeout(this.timer);
            this.timer = 0;
            this.play.textContent = 'Play';
            this.say.setAttribute('aria-live', 'polite');
        }

        /** Back to the still picture. */
        end() {
            this.stop();
            this.now = -1;
            this.fit(false);
            const roots = [this.box, this.picture].filter(Boolean);
            const marked = [...roots.flatMap(root => [...root.querySelectorAll('.p-now, .p-future')]),
                ...this.lines, ...this.printed.map(line => line[0])];
            for (const element of marked) {
                element.classList.remove('p-now', 'p-future');
                element.removeAttribute('aria-current');
            }
            this.panes.hidden = this.whole.hidden = this.queue.hidden = true;
            this.box.classList.remove('player-on');
            this.slider.value = 0;
            this.slider.setAttribute('aria-valuetext', `not started, ${this.last + 1} steps`);
            this.count.textContent = `${this.last + 1} steps`;
            this.say.textContent = 'Play the run, or go through it step by step.';
            this.play.focus({ preventScroll: true });
        }
    }

    for (const box of document.querySelectorAll('.player')) new Player(box);
})();
