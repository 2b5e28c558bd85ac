//! A world for the model checker: its workers are threads of the model.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;

use crate::primitives::{Condvar, Mutex, model, spawn};
use stage::record::EntryId;
use workers::machine::Worker;
use workers::{Frame, News, Pace, World};

/// What goes wrong.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    /// How many workers the system can hold at once.
    pub(super) places: usize,
    /// The place of a worker that has gone is not free again.
    pub(super) places_are_lost: bool,
    /// The worker that is given this task, in the order of sending, dies with it.
    pub(super) dies_with_task: Option<usize>,
    /// After the first reply, no thread can be started any more.
    pub(super) then_no_thread: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Plan {
            places: usize::MAX,
            places_are_lost: false,
            dies_with_task: None,
            then_no_thread: false,
        }
    }
}

pub(super) struct Village(Arc<Square>);

struct Square {
    inside: Mutex<Inside>,
    /// For the thread that watches.
    news: Condvar,
    /// For the workers.
    orders: Condvar,
}

struct Inside {
    plan: Plan,
    places: usize,
    sent: usize,
    rung: bool,
    told: VecDeque<Told>,
    workers: HashMap<Worker, Orders>,
}

#[derive(Default)]
struct Orders {
    task: Option<usize>,
    go_home: bool,
    killed: bool,
}

enum Told {
    Replied(Worker),
    Gone(Worker),
}

impl Village {
    pub(super) fn new(plan: Plan) -> Self {
        Village(Arc::new(Square {
            inside: Mutex::new(Inside {
                plan,
                places: plan.places,
                sent: 0,
                rung: false,
                told: VecDeque::new(),
                workers: HashMap::new(),
            }),
            news: Condvar::new(),
            orders: Condvar::new(),
        }))
    }

    fn order(&self, worker: Worker, order: impl FnOnce(&mut Orders)) {
        let mut inside = self.0.inside.lock();
        if let Some(orders) = inside.workers.get_mut(&worker) {
            order(orders);
            self.0.orders.notify_all();
        }
    }
}

impl Square {
    /// The life of a worker.
    fn work(&self, worker: Worker) {
        let mut inside = self.inside.lock();
        loop {
            let dies_with_task = inside.plan.dies_with_task;
            let orders = inside.workers.get_mut(&worker).expect("it lives");
            let task = orders.task.take();
            let told = match task {
                _ if orders.killed => Told::Gone(worker),
                Some(_) if task == dies_with_task => Told::Gone(worker),
                Some(_) => Told::Replied(worker),
                None if orders.go_home => Told::Gone(worker),
                None => {
                    inside = self.orders.wait(inside);
                    continue;
                }
            };
            if inside.plan.then_no_thread {
                model::threads_left(0);
            }
            let gone = matches!(told, Told::Gone(_));
            inside.told.push_back(told);
            self.news.notify_one();
            if gone {
                return;
            }
        }
    }
}

impl World for Village {
    fn start(&self, worker: Worker, _: &str, _: Option<EntryId>) -> io::Result<()> {
        let mut inside = self.0.inside.lock();
        let left = inside.places.checked_sub(1);
        inside.places = left.ok_or_else(|| io::Error::other("no place is left"))?;
        inside.workers.insert(worker, Orders::default());
        drop(inside);
        let square = Arc::clone(&self.0);
        spawn("worker", move || square.work(worker));
        Ok(())
    }

    fn send(&self, worker: Worker, _: Frame) {
        let task = {
            let mut inside = self.0.inside.lock();
            inside.sent += 1;
            inside.sent
        };
        self.order(worker, |orders| orders.task = Some(task));
    }

    fn dismiss(&self, worker: Worker) {
        self.order(worker, |orders| orders.go_home = true);
    }

    fn kill(&self, worker: Worker) {
        self.order(worker, |orders| orders.killed = true);
    }

    fn wake(&self) {
        self.0.inside.lock().rung = true;
        self.0.news.notify_one();
    }

    fn watch(&self, pace: Pace, learn: &mut dyn FnMut(News<'_>)) {
        let mut inside = self.0.inside.lock();
        while pace != Pace::Look && inside.told.is_empty() && !inside.rung {
            inside = self.0.news.wait(inside);
        }
        inside.rung = false;
        let told = std::mem::take(&mut inside.told);
        for told in &told {
            if let Told::Gone(worker) = told {
                inside.workers.remove(worker);
                inside.places += usize::from(!inside.plan.places_are_lost);
            }
        }
        drop(inside);
        for told in told {
            learn(match told {
                Told::Replied(worker) => News::Replied {
                    worker,
                    result: Ok(&[]),
                    ended: None,
                },
                Told::Gone(worker) => News::Gone {
                    worker,
                    how: "has gone".to_string(),
                    exit: None,
                },
            });
        }
    }
}
