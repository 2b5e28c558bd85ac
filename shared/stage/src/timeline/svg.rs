//! The timeline as a scalable picture for the book.
//!
//! What an actor does can be told without colour: a task is a box with its
//! number; where it sleeps the box is hatched, where it runs it is filled, where
//! it waits there is a dashed frame. A thin line says that an actor is alive and
//! has nothing to do.

use std::fmt::{Display, Write};

use super::chart::nice_step;
use super::describe::seconds;
use super::model::{Activity, Arrow, Mark, Row, Segment, Span, Timeline, Why};
use super::text::{cut, width};
use crate::narrate;
use crate::record::Kind;

/// In the units of the picture, as all lengths here. On a page that is wide
/// enough, one is a pixel.
const WIDTH: f64 = 760.0;
const MARGIN: f64 = 14.0;
/// About as much room as a character takes.
const CHARACTER: f64 = 7.0;
const SMALL_CHARACTER: f64 = 6.1;
/// Longer names of actors are cut.
const NAME: usize = 20;
/// A label on the scale needs so much room.
const TICK: f64 = 64.0;
/// More actors than this are only counted.
const ROWS: usize = 60;
/// More arrows than this hide more than they show.
const ARROWS: usize = 80;

/// What is nearer together cannot be told apart.
const NEAR: f64 = 1.5;

/// How tall a row is: less when there are many.
#[derive(Clone, Copy)]
struct Heights {
    row: f64,
    bar: f64,
}

impl Timeline {
    /// The picture as an SVG: the whole element, to be put into a page or a file.
    ///
    /// It has no width of its own; the page decides. Its colours follow the
    /// reader's preference for light or dark, or the classes that mdBook's themes
    /// set on the page. `id` is put in front of every id in it, so it must be
    /// unique on the page; `title` is a short name for the picture. Those who
    /// cannot see it get the [description](Timeline::describe).
    ///
    /// The same log gives the same text.
    ///
    /// ```
    /// use stage::record;
    /// use stage::pace::pause;
    /// use stage::timeline::Timeline;
    ///
    /// record::start();
    /// pause(0.01);
    /// let svg = Timeline::new(&record::take()).to_svg("nap", "A nap");
    /// assert!(svg.starts_with("<svg") && svg.contains("<title id=\"nap-title\">A nap</title>"));
    /// ```
    pub fn to_svg(&self, id: &str, title: &str) -> String {
        let id: String = id
            .chars()
            .map(|c| match c {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => c,
                _ => '-',
            })
            .collect();
        let shown = &self.rows[..self.rows.len().min(ROWS)];
        let longest = shown.iter().map(|row| width(&row.actor.name)).max();
        let longest = longest.unwrap_or(0).min(NAME);
        let left = MARGIN + longest as f64 * CHARACTER + 12.0;
        let heights = match shown.len() {
            0..=20 => Heights {
                row: 36.0,
                bar: 22.0,
            },
            _ => Heights {
                row: 24.0,
                bar: 16.0,
            },
        };
        let picture = Picture {
            id,
            left,
            scale: (WIDTH - MARGIN - left) / self.seconds(),
            heights,
            bottom: MARGIN + heights.row * shown.len() as f64,
        };
        picture.draw(self, shown, title)
    }
}

struct Picture {
    id: String,
    /// Where time begins.
    left: f64,
    /// So long is a second.
    scale: f64,
    heights: Heights,
    /// Where the rows end.
    bottom: f64,
}

impl Picture {
    fn draw(&self, timeline: &Timeline, shown: &[Row], title: &str) -> String {
        let id = &self.id;
        let mut body = String::new();
        self.grid(&mut body, timeline);
        let arrows = chosen(timeline, shown.len());
        body.push_str("<g class=\"arrows\">\n");
        for arrow in &arrows {
            self.arrow(&mut body, shown, arrow);
        }
        body.push_str("</g>\n");
        for (place, row) in shown.iter().enumerate() {
            self.row(&mut body, row, place);
        }
        let mut y = self.bottom + 40.0;
        if timeline.rows.len() > shown.len() {
            let more = timeline.rows.len() - shown.len();
            text(
                &mut body,
                "label",
                self.left,
                y,
                &format!("… and {more} more actors"),
            );
            y += 22.0;
        }
        y = self.legend(&mut body, shown, &arrows, y);
        let height = y + MARGIN;

        let mut svg = String::new();
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"lesson-timeline\" \
             viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n\
             <title id=\"{id}-title\">{}</title>\n\
             <desc id=\"{id}-desc\">{}</desc>\n\
             <style>\n{}</style>\n\
             <defs>\n\
             <pattern id=\"{id}-hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><path class=\"hatch\" d=\"M1 0V6\"/></pattern>\n\
             <marker id=\"{id}-head\" viewBox=\"0 0 6 6\" refX=\"5\" refY=\"3\" markerWidth=\"6\" \
             markerHeight=\"6\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">\
             <path class=\"head\" d=\"M0 0L6 3L0 6Z\"/></marker>\n\
             </defs>\n\
             <rect class=\"page\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n",
            n(WIDTH),
            n(height),
            escaped(title),
            escaped(&timeline.describe()),
            style(),
            n(WIDTH),
            n(height),
        );
        svg.push_str(&body);
        svg.push_str("</svg>\n");
        svg
    }

    fn x(&self, seconds: f64) -> f64 {
        self.left + seconds * self.scale
    }

    /// The middle of a row.
    fn y(&self, place: usize) -> f64 {
        MARGIN + self.heights.row * (place as f64 + 0.5)
    }

    fn grid(&self, out: &mut String, timeline: &Timeline) {
        let total = timeline.seconds();
        let most = ((WIDTH - MARGIN - self.left) / TICK) as usize;
        let (step, decimals) = nice_step(total, most);
        for number in 0.. {
            let at = f64::from(number) * step;
            if at > total {
                break;
            }
            let x = self.x(at);
            let _ = writeln!(
                out,
                "<path class=\"grid\" d=\"M{} {}V{}\"/>",
                n(x),
                n(MARGIN),
                n(self.bottom + 4.0)
            );
            let anchor = match x > WIDTH - 40.0 {
                true => "tick last",
                false => "tick",
            };
            let label = format!("{at:.decimals$} s");
            text(out, anchor, x, self.bottom + 18.0, &label);
        }
    }

    fn arrow(&self, out: &mut String, rows: &[Row], arrow: &Arrow) {
        let (from, to) = (arrow.from, arrow.to);
        let down = if to.row > from.row { 1.0 } else { -1.0 };
        let (x1, x2) = (self.x(from.at.seconds()), self.x(to.at.seconds()));
        let y1 = self.y(from.row) + down * 4.0;
        let sign_only = arrow.why == Why::CalledBack && !has_tasks(&rows[to.row]);
        let reach = match sign_only {
            true => 6.0,
            false => self.heights.bar / 2.0 + 1.0,
        };
        let y2 = self.y(to.row) - down * reach;
        let bend = (self.heights.row * 0.5).min((y2 - y1).abs() / 2.0) * down;
        let _ = writeln!(
            out,
            "<path class=\"arrow {}\" d=\"M{} {}C{} {} {} {} {} {}\" marker-end=\"url(#{}-head)\"/>",
            class_of(arrow.why),
            n(x1),
            n(y1),
            n(x1),
            n(y1 + bend),
            n(x2),
            n(y2 - bend),
            n(x2),
            n(y2),
            self.id
        );
    }

    fn row(&self, out: &mut String, row: &Row, place: usize) {
        let color = match narrate::color_number(&row.actor.name) {
            Some(number) => format!("w{number}"),
            None => "w".to_string(),
        };
        let _ = writeln!(out, "<g class=\"{color}\">");
        let y = self.y(place);
        let name = cut(&row.actor.name, NAME);
        text(out, "name", self.left - 10.0, y + 4.0, &name);
        let tasks = self.apart(row.tasks());
        let callbacks = self.apart(row.of(Activity::Callback));
        for span in tasks.iter().chain(&callbacks) {
            for class in ["page", "box"] {
                self.bar(out, class, y, span.from.seconds(), span.to.seconds());
            }
        }
        let life = self.x(row.exit.seconds()) - self.x(row.born.seconds());
        if life < NEAR {
            let x = n(self.x(row.born.seconds()));
            let _ = writeln!(out, "<path class=\"alive\" d=\"M{x} {}h{NEAR}\"/>", n(y));
        }
        for segment in &row.segments {
            self.segment(out, row, segment, y);
        }
        for task in tasks {
            self.task(out, row, task, y);
        }
        for wait in self.apart(row.of(Activity::Waiting)) {
            self.wait(out, row, wait, y);
        }
        for callback in callbacks {
            self.callback(out, row, callback, y);
        }
        let mut last = Vec::new();
        let has_tasks = has_tasks(row);
        for mark in &row.marks {
            if !is_drawn(has_tasks, mark.kind) {
                continue;
            }
            let x = self.x(mark.at.seconds());
            let near = |(kind, at): &(Kind, f64)| *kind == mark.kind && x - at < NEAR;
            if !last.iter().any(near) {
                last.retain(|(kind, _)| *kind != mark.kind);
                last.push((mark.kind, x));
                self.mark(out, mark, y);
            }
        }
        if !row.death.is_empty() {
            let (x, r) = (self.x(row.exit.seconds()), 5.0);
            let _ = writeln!(
                out,
                "<path class=\"cross\" d=\"M{} {}l{r} {r}m0 -{r}l-{r} {r}\"><title>{}</title></path>",
                n(x - r / 2.0),
                n(y - r / 2.0),
                escaped(&row.death)
            );
        }
        out.push_str("</g>\n");
    }

    /// Without those that are too short to be seen and too near to the one before:
    /// there can be thousands of them.
    fn apart<'a>(&self, spans: impl Iterator<Item = &'a Span>) -> Vec<&'a Span> {
        let mut last = f64::NEG_INFINITY;
        spans
            .filter(|span| {
                let (x, end) = (self.x(span.from.seconds()), self.x(span.to.seconds()));
                let seen = end - x >= NEAR || x - last >= NEAR;
                if seen {
                    last = x;
                }
                seen
            })
            .collect()
    }

    fn bar(&self, out: &mut String, class: &str, y: f64, from: f64, to: f64) {
        // What has no width is not drawn at all.
        let (x, length) = (self.x(from), ((to - from) * self.scale).max(0.6));
        let (height, radius) = match class {
            "wait" => (self.heights.bar * 0.64, ""),
            "box" | "page" | "frame" | "frame calls" | "frame failed" => {
                (self.heights.bar, " rx=\"2\"")
            }
            _ => (self.heights.bar, ""),
        };
        let fill = match class {
            "sleep" => format!(" fill=\"url(#{}-hatch)\"", self.id),
            _ => String::new(),
        };
        let _ = writeln!(
            out,
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{radius}{fill}/>",
            n(x),
            n(y - height / 2.0),
            n(length),
            n(height)
        );
    }

    fn segment(&self, out: &mut String, row: &Row, segment: &Segment, y: f64) {
        let (from, to) = (segment.from.seconds(), segment.to.seconds());
        // Too short to be seen, and there can be thousands of them.
        if (to - from) * self.scale < 0.3 {
            return;
        }
        // What lies in a task or a callback lies on the box of that.
        let in_box = segment.span.is_some_and(|place| row.spans[place].depth > 0);
        match segment.activity {
            Activity::Running | Activity::Callback => self.bar(out, "run", y, from, to),
            Activity::Sleeping => {
                if !in_box {
                    self.bar(out, "page", y, from, to);
                    self.bar(out, "box", y, from, to);
                }
                self.bar(out, "sleep", y, from, to);
                if !in_box {
                    self.bar(out, "frame", y, from, to);
                }
            }
            Activity::Waiting => self.bar(out, "wait", y, from, to),
            Activity::Idle | Activity::NotRecorded => {
                let (x, end) = (n(self.x(from)), n(self.x(to)));
                let _ = writeln!(out, "<path class=\"alive\" d=\"M{x} {}H{end}\"/>", n(y));
            }
        }
    }

    fn task(&self, out: &mut String, row: &Row, task: &Span, y: f64) {
        let (from, to) = (task.from.seconds(), task.to.seconds());
        let length = (to - from) * self.scale;
        let failed = if task.failure.is_empty() { "" } else { "!" };
        let number = task.task.map(|task| task.number.to_string());
        let name = number.map_or(String::new(), |number| number + failed);
        let full = match task.task {
            Some(id) => format!("{id} of pool {}", id.pool),
            None => "a task".to_string(),
        };
        out.push_str("<g>");
        let failure = match task.failure.as_str() {
            "" => String::new(),
            failure => format!(", failed: {failure}"),
        };
        self.tooltip(out, row, task, &format!("{full}{failure}"));
        let class = match task.failure.is_empty() {
            true => "frame",
            false => "frame failed",
        };
        self.bar(out, class, y, from, to);
        let wanted = width(&name) as f64 * CHARACTER + 8.0;
        if !name.is_empty() && length > wanted {
            // Nothing behind the number makes it hard to read.
            let _ = writeln!(
                out,
                "<rect class=\"chip\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\"/>",
                n(self.x(from) + 1.0),
                n(y - self.heights.bar / 2.0 + 1.0),
                n(wanted),
                n(self.heights.bar - 2.0)
            );
            text(out, "label", self.x(from) + 5.0, y + 4.0, &name);
        }
        out.push_str("</g>\n");
    }

    fn wait(&self, out: &mut String, row: &Row, wait: &Span, y: f64) {
        let (from, to) = (wait.from.seconds(), wait.to.seconds());
        let words = format!("waits for {}", wait.text);
        let length = (to - from) * self.scale;
        out.push_str("<g>");
        self.tooltip(out, row, wait, &words);
        if length > width(&words) as f64 * SMALL_CHARACTER + 16.0 {
            text(out, "small", self.x(from) + length / 2.0, y + 3.5, &words);
        }
        out.push_str("</g>\n");
    }

    fn callback(&self, out: &mut String, row: &Row, callback: &Span, y: f64) {
        let (x, r) = (self.x(callback.from.seconds()), 4.5);
        out.push_str("<g>");
        let of = match callback.task {
            Some(task) => format!(" of {task}"),
            None => String::new(),
        };
        self.tooltip(out, row, callback, &format!("callback{of}"));
        self.bar(
            out,
            "frame calls",
            y,
            callback.from.seconds(),
            callback.to.seconds(),
        );
        let y = self.callback_at(row, y);
        let _ = writeln!(
            out,
            "<path class=\"diamond\" d=\"M{} {}l{r} {r}l-{r} {r}l-{r} -{r}Z\"/></g>",
            n(x),
            n(y - r)
        );
    }

    /// Where a callback has its sign. Behind a task it is below, since an arrow may
    /// end above, where the next task begins at once.
    fn callback_at(&self, row: &Row, y: f64) -> f64 {
        match has_tasks(row) {
            true => y + self.heights.bar / 2.0,
            false => y,
        }
    }

    fn mark(&self, out: &mut String, mark: &Mark, y: f64) {
        let x = self.x(mark.at.seconds());
        let edge = y + self.heights.bar / 2.0;
        let (class, path) = match mark.kind {
            Kind::Say => ("say", format!("M{} {}h0.01", n(x), n(edge + 3.5))),
            Kind::Set => ("set", format!("M{} {}l5 9h-10Z", n(x), n(y - 5.0))),
            Kind::Clear => ("clear", format!("M{} {}l5 -9h-10Z", n(x), n(y + 5.0))),
            Kind::Cancel => (
                "cross",
                format!("M{} {}l6 6m0 -6l-6 6", n(x - 3.0), n(y - 3.0)),
            ),
            _ => return,
        };
        let what = match mark.kind {
            Kind::Say => format!("“{}”", mark.text),
            Kind::Cancel => match mark.task {
                Some(task) => format!("{task} is cancelled"),
                None => "cancelled".to_string(),
            },
            kind => format!("{kind:?} {}", mark.text),
        };
        let _ = writeln!(
            out,
            "<path class=\"{class}\" d=\"{path}\"><title>{} at {}</title></path>",
            escaped(what.trim_end()),
            seconds(mark.at.seconds())
        );
    }

    fn tooltip(&self, out: &mut String, row: &Row, span: &Span, what: &str) {
        let _ = write!(
            out,
            "<title>{} on {}, from {} to {} ({}:{})</title>",
            escaped(what),
            escaped(&row.actor.name),
            seconds(span.from.seconds()),
            seconds(span.to.seconds()),
            escaped(&span.file),
            span.line
        );
    }

    /// What the signs mean: those that can be seen. Returns where it ends.
    fn legend(&self, out: &mut String, shown: &[Row], arrows: &[Arrow], y: f64) -> f64 {
        let segment = |activity| {
            let mut all = shown.iter().flat_map(|row| &row.segments);
            all.any(|segment| {
                let length = segment.to.seconds() - segment.from.seconds();
                segment.activity == activity && length * self.scale >= 1.0
            })
        };
        let span = |activity| shown.iter().any(|row| row.of(activity).count() > 0);
        let mark = |kind| {
            let mut rows = shown.iter().filter(|row| is_drawn(has_tasks(row), kind));
            rows.any(|row| row.marks.iter().any(|mark| mark.kind == kind))
        };
        let drawn = |why| arrows.iter().any(|arrow| arrow.why == why);
        let hatch = format!(
            "<path class=\"box\" d=\"M0 -6h22v12h-22Z\"/>\
             <path class=\"sleep\" fill=\"url(#{}-hatch)\" d=\"M0 -6h22v12h-22Z\"/>\
             <path class=\"frame\" d=\"M0 -6h22v12h-22Z\"/>",
            self.id
        );
        let line = |why| {
            format!(
                "<path class=\"arrow {}\" d=\"M0 0h21\" marker-end=\"url(#{}-head)\"/>",
                class_of(why),
                self.id
            )
        };
        let entries = [
            (
                shown.iter().any(has_tasks),
                "<path class=\"box\" d=\"M0 -7h22v14h-22Z\"/>\
                 <path class=\"frame\" d=\"M0 -7h22v14h-22Z\"/>\
                 <text class=\"label\" x=\"7.5\" y=\"4.5\">3</text>"
                    .to_string(),
                "task 3",
            ),
            (
                shown
                    .iter()
                    .flat_map(Row::tasks)
                    .any(|task| !task.failure.is_empty()),
                "<path class=\"frame failed\" d=\"M0 -7h22v14h-22Z\"/>\
                 <text class=\"label\" x=\"5.5\" y=\"4.5\">3!</text>"
                    .to_string(),
                "task 3 failed",
            ),
            (
                segment(Activity::Running),
                "<path class=\"run\" d=\"M0 -6h22v12h-22Z\"/>".to_string(),
                "runs",
            ),
            (
                segment(Activity::Sleeping),
                hatch,
                "sleeps (stands for work)",
            ),
            (
                segment(Activity::Waiting),
                "<path class=\"wait\" d=\"M0 -5h22v10h-22Z\"/>".to_string(),
                "waits",
            ),
            (
                segment(Activity::Idle),
                "<path class=\"alive\" d=\"M0 0h22\"/>".to_string(),
                "idle",
            ),
            (
                span(Activity::Callback),
                "<path class=\"diamond\" d=\"M11 -4.5l4.5 4.5l-4.5 4.5l-4.5 -4.5Z\"/>".to_string(),
                "callback",
            ),
            (
                mark(Kind::Say),
                "<path class=\"say\" d=\"M11 0h0.01\"/>".to_string(),
                "says a line",
            ),
            (
                mark(Kind::Set),
                "<path class=\"set\" d=\"M11 -5l5 9h-10Z\"/>".to_string(),
                "set",
            ),
            (
                mark(Kind::Clear),
                "<path class=\"clear\" d=\"M11 5l5 -9h-10Z\"/>".to_string(),
                "clear",
            ),
            (
                mark(Kind::Cancel) || shown.iter().any(|row| !row.death.is_empty()),
                "<path class=\"cross\" d=\"M8 -3l6 6m0 -6l-6 6\"/>".to_string(),
                "cancelled, or died",
            ),
            (
                drawn(Why::Submitted),
                line(Why::Submitted),
                "submitted, and starts",
            ),
            (
                drawn(Why::CalledBack),
                line(Why::CalledBack),
                "is done, so the callback runs",
            ),
            (drawn(Why::Woken), line(Why::Woken), "ends a wait"),
            (drawn(Why::Spawned), line(Why::Spawned), "creates"),
        ];
        let (mut x, mut y) = (MARGIN, y);
        out.push_str("<g class=\"w legend\">\n");
        for (_, sign, words) in entries.iter().filter(|(seen, ..)| *seen) {
            let length = 28.0 + width(words) as f64 * SMALL_CHARACTER + 16.0;
            if x + length > WIDTH && x > MARGIN {
                x = MARGIN;
                y += 20.0;
            }
            let _ = write!(out, "<g transform=\"translate({} {})\">{sign}", n(x), n(y));
            text(out, "small start", 28.0, 4.0, words);
            out.push_str("</g>\n");
            x += length;
        }
        out.push_str("</g>\n");
        y + 6.0
    }
}

/// Arrows from row to row. If there are too many, those say least which say that
/// a task was submitted; then which say who created whom.
fn chosen(timeline: &Timeline, rows: usize) -> Vec<Arrow> {
    let mut chosen = Vec::new();
    for why in [Why::Woken, Why::CalledBack, Why::Submitted, Why::Spawned] {
        let of_this_kind = timeline.arrows.iter().filter(|arrow| {
            let (from, to) = (arrow.from.row, arrow.to.row);
            // That a pool starts its workers goes with the tasks.
            let goes_without_saying = why == Why::Spawned && timeline.rows[to].worker;
            arrow.why == why && from != to && from < rows && to < rows && !goes_without_saying
        });
        let of_this_kind: Vec<Arrow> = of_this_kind.copied().collect();
        if chosen.len() + of_this_kind.len() <= ARROWS {
            chosen.extend(of_this_kind);
        }
    }
    chosen
}

/// What a worker says, it says at the beginning or the end of its tasks, where
/// there is enough to see.
fn is_drawn(has_tasks: bool, mark: Kind) -> bool {
    mark != Kind::Say || !has_tasks
}

fn has_tasks(row: &Row) -> bool {
    row.tasks().next().is_some()
}

fn class_of(why: Why) -> &'static str {
    match why {
        Why::Submitted => "submitted",
        Why::CalledBack => "called",
        Why::Woken => "woken",
        Why::Spawned => "spawned",
    }
}

/// Class, what is coloured, in the light and in the dark.
const COLORS: [(&str, &str, &str, &str); 25] = [
    (".page", "fill", "#ffffff", "#16191f"),
    (".name, .label", "fill", "#1c2024", "#e6e9ee"),
    (".tick, .small", "fill", "#454c54", "#b4bcc6"),
    (".grid", "stroke", "#e3e6ea", "#2b3038"),
    (".arrow", "stroke", "#6b7480", "#8d97a3"),
    (".head", "fill", "#6b7480", "#8d97a3"),
    (".alive", "stroke", "#6b7480", "#8d97a3"),
    (".wait", "stroke", "#6b7480", "#8d97a3"),
    (".wait", "fill", "#f4f5f7", "#20242b"),
    (".chip", "fill", "#ffffff", "#16191f"),
    (".say", "stroke", "#454c54", "#b4bcc6"),
    (".diamond", "fill", "#1c2024", "#e6e9ee"),
    (".calls", "stroke", "#1c2024", "#e6e9ee"),
    (".diamond", "stroke", "#ffffff", "#16191f"),
    (".set, .clear", "stroke", "#1c2024", "#e6e9ee"),
    (".set", "fill", "#1c2024", "#e6e9ee"),
    (".cross", "stroke", "#b4232a", "#ff8f8f"),
    (".failed", "stroke", "#b4232a", "#ff8f8f"),
    (".w", "color", "#59626d", "#9aa4b1"),
    (".w0", "color", "#0e7490", "#33c4dd"),
    (".w1", "color", "#1a7f37", "#4cc974"),
    (".w2", "color", "#9a6200", "#e0ac34"),
    (".w3", "color", "#a21caf", "#dd86e8"),
    (".w4", "color", "#2457d6", "#7da6ff"),
    (".w5", "color", "#b4232a", "#ff8f8f"),
];

/// The rules that hold in any light, then the colours: light unless the reader's
/// system or mdBook's theme says dark.
fn style() -> String {
    let mut css = String::from(
        ".lesson-timeline {font: 12.5px system-ui, sans-serif; font-variant-numeric: tabular-nums}\n\
         .lesson-timeline .name {text-anchor: end; font-weight: 600}\n\
         .lesson-timeline .label {font-weight: 600}\n\
         .lesson-timeline .tick, .lesson-timeline .small {font-size: 11px; text-anchor: middle}\n\
         .lesson-timeline .last {text-anchor: end}\n\
         .lesson-timeline .start {text-anchor: start}\n\
         .lesson-timeline .box {fill: currentColor; fill-opacity: .14}\n\
         .lesson-timeline .run {fill: currentColor}\n\
         .lesson-timeline .hatch {stroke: #7c8591; stroke-opacity: .5; stroke-width: 2; fill: none}\n\
         .lesson-timeline .frame {stroke: currentColor; stroke-width: 1.4; fill: none}\n\
         .lesson-timeline .failed {stroke-width: 2.4}\n\
         .lesson-timeline .wait {stroke-dasharray: 3 2}\n\
         .lesson-timeline .alive {stroke-width: 1.2; fill: none}\n\
         .lesson-timeline .arrow {stroke-width: .8; stroke-opacity: .75; fill: none}\n\
         .lesson-timeline .called {stroke-dasharray: 7 2}\n\
         .lesson-timeline .woken {stroke-dasharray: 4 3}\n\
         .lesson-timeline .spawned {stroke-dasharray: 1 2}\n\
         .lesson-timeline .say {stroke-width: 3; stroke-linecap: round}\n\
         .lesson-timeline .cross {stroke-width: 2; fill: none}\n\
         .lesson-timeline .clear {fill: none}\n",
    );
    let colors = |css: &mut String, themes: &[&str], dark: bool| {
        for (classes, property, light_color, dark_color) in COLORS {
            let selectors: Vec<String> = themes
                .iter()
                .flat_map(|theme| {
                    let one = move |class| format!("{theme}.lesson-timeline {class}");
                    classes.split(", ").map(one)
                })
                .collect();
            let color = if dark { dark_color } else { light_color };
            let _ = writeln!(css, "{} {{{property}: {color}}}", selectors.join(", "));
        }
    };
    colors(&mut css, &[""], false);
    css.push_str("@media (prefers-color-scheme: dark) {\n");
    colors(&mut css, &[""], true);
    css.push_str("}\n");
    colors(&mut css, &[".light ", ".rust "], false);
    colors(&mut css, &[".coal ", ".navy ", ".ayu "], true);
    // Paper is white, whatever the screen was.
    css.push_str("@media print {\n");
    colors(&mut css, &["", ".coal ", ".navy ", ".ayu "], false);
    css.push_str("}\n");
    css
}

/// A coordinate, rounded so that the same log gives the same text.
fn n(number: f64) -> impl Display {
    let rounded = (number * 10.0).round() / 10.0;
    // No negative zero.
    rounded + 0.0
}

fn text(out: &mut String, class: &str, x: f64, y: f64, words: &str) {
    let _ = writeln!(
        out,
        "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
        n(x),
        n(y),
        escaped(words)
    );
}

/// Text that cannot be taken for XML, of characters that XML allows.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            c if c.is_control() => escaped.push(char::REPLACEMENT_CHARACTER),
            c => escaped.push(c),
        }
    }
    escaped
}
