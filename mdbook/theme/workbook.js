// Mends what a screen reader stumbles over in mdBook's frame.
(() => {
    'use strict';

    // What opens the table of contents is a label, which can neither be reached
    // with the keyboard nor say whether it is open. A button takes its place and
    // passes clicks on.
    const label = document.getElementById('mdbook-sidebar-toggle');
    const box = document.getElementById('mdbook-sidebar-toggle-anchor');
    if (label && box) {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = label.className;
        button.title = label.title;
        button.setAttribute('aria-label', 'Table of contents');
        button.setAttribute('aria-controls', 'mdbook-sidebar');
        const tell = () => button.setAttribute('aria-expanded', String(box.checked));
        tell();
        box.addEventListener('change', tell);
        button.append(...label.childNodes);
        label.before(button);
        button.id = label.id;
        label.removeAttribute('id');
        for (const name of ['aria-label', 'aria-expanded', 'aria-controls']) {
            label.removeAttribute(name);
        }
        label.hidden = true;
        label.classList.add('hidden');
        button.addEventListener('click', () => label.click());
    }

    // Everything on the page belongs to a named region.
    document.getElementById('mdbook-menu-bar')?.setAttribute('role', 'banner');
    document.querySelector('.nav-wide-wrapper')?.setAttribute('aria-label', 'Previous and next page');
    document.getElementById('mdbook-help-container')?.setAttribute('role', 'complementary');
    document.getElementById('mdbook-help-container')?.setAttribute('aria-label', 'Keyboard shortcuts');

    // What scrolls sideways can be scrolled with the keyboard.
    for (const block of document.querySelectorAll('main pre > code')) {
        block.setAttribute('tabindex', '0');
    }
    for (const wide of document.querySelectorAll('main .table-wrapper')) {
        if (wide.scrollWidth > wide.clientWidth) {
            wide.setAttribute('tabindex', '0');
        }
    }
})();
