//! Clients: when they send, and what becomes of each request.

use std::rc::Rc;

use super::attempt::{Again, Call, delay_us};
use super::net::{Client, Ending, MAX_INSIDE, Net};
use super::request::{Outcome, Request};
use super::spec::{Arrivals, SloSpec};
use crate::sim::distribution::whole;
use crate::sim::{Distribution, Zipf};

/// Sends all requests of a client, at their times.
pub async fn run(net: Rc<Net>, at: usize, slos: Rc<Vec<SloSpec>>) {
    let client = &net.clients[at];
    let (keys, exponent) = client.spec.keys;
    let zipf = Rc::new(Zipf::new(keys, exponent));
    if let Arrivals::Closed(users, think) = client.spec.arrivals {
        for user in 0..users {
            let user = User {
                net: Rc::clone(&net),
                at,
                zipf: Rc::clone(&zipf),
                slos: Rc::clone(&slos),
                is_last: user + 1 == users,
            };
            net.runtime.spawn_detached(user.live(think));
        }
        return;
    }
    let mut times = Times::new(&client.spec.arrivals);
    while let Some((us, count)) = times.next(client) {
        net.runtime.sleep_until(us).await;
        for _ in 0..count {
            if client.stats.borrow().inside.now() >= MAX_INSIDE {
                net.end(Ending::Crowded);
                return;
            }
            let Some(number) = net.admit() else {
                net.source_ended();
                return;
            };
            net.opened();
            let request = make(&net, at, number, &zipf);
            let (net, slos) = (Rc::clone(&net), Rc::clone(&slos));
            net.clone().runtime.spawn_detached(async move {
                serve(&net, at, request, &slos).await;
                net.closed();
            });
        }
    }
    net.source_ended();
}

/// One of a closed loop's users.
struct User {
    net: Rc<Net>,
    at: usize,
    zipf: Rc<Zipf>,
    slos: Rc<Vec<SloSpec>>,
    is_last: bool,
}

impl User {
    /// Thinks, asks, waits for the answer, and so on.
    async fn live(self, think: Distribution) {
        let client = &self.net.clients[self.at];
        loop {
            let us = think.draw(&mut client.rng.borrow_mut());
            // Who neither thinks nor waits would ask for ever within one moment.
            self.net.runtime.sleep(whole(us).max(1)).await;
            let Some(number) = self.net.admit() else {
                break;
            };
            self.net.opened();
            let request = make(&self.net, self.at, number, &self.zipf);
            serve(&self.net, self.at, request, &self.slos).await;
            self.net.closed();
        }
        if self.is_last {
            self.net.source_ended();
        }
    }
}

fn make(net: &Net, at: usize, number: u64, zipf: &Zipf) -> Request {
    let client = &net.clients[at];
    let mut rng = client.rng.borrow_mut();
    let key = zipf.draw(&mut rng);
    let writes = client.spec.write_share > 0.0 && rng.next_f64() < client.spec.write_share;
    Request {
        id: number,
        key,
        writes,
        priority: client.spec.priority,
        client: at as u16,
        parent: u16::MAX,
        spans: Some(net.room()),
        gone: None,
    }
}

/// One request, from being sent to its last answer.
async fn serve(net: &Net, at: usize, request: Request, slos: &[SloSpec]) {
    let client = &net.clients[at];
    let start_us = net.now_us();
    client.stats.borrow_mut().arrive(start_us);
    let spec = &client.spec;
    let is_plain = spec.timeout_us.is_none() && spec.hedge_us.is_none() && spec.retry.attempts <= 1;
    let outcome = if is_plain {
        net.pass(None, spec.to, request.clone()).await
    } else {
        // In a box, so that a request which does not need it is not made larger by it.
        Box::pin(ask(net, client, request.clone())).await
    };
    let end_us = net.now_us();
    client.stats.borrow_mut().leave(start_us, end_us, outcome);
    judge(client, slos, outcome, (start_us, end_us));
    net.kept(&request, start_us, outcome);
}

/// Calls with all that a client does about slow and failing answers.
async fn ask(net: &Net, client: &Client, request: Request) -> Outcome {
    let call = Call {
        from: None,
        to: client.spec.to,
        timeout_us: client.spec.timeout_us,
        cancels: client.spec.cancels,
        hedge_us: client.spec.hedge_us,
    };
    let again = Again {
        spec: &client.spec.retry,
        budget: &client.budget,
        draw: &|failures, last_us| {
            let mut rng = client.late_rng.borrow_mut();
            delay_us(&client.spec.retry, failures, last_us, &mut rng)
        },
        note: &|name| client.stats.borrow_mut().note(name, 1),
    };
    again.call(net, call, request).await
}

fn judge(client: &Client, slos: &[SloSpec], outcome: Outcome, (start_us, end_us): (u64, u64)) {
    for promise in client.promises.borrow_mut().iter_mut() {
        let within_us = slos.get(promise.slo).and_then(|slo| slo.within_us);
        let in_time = within_us.is_none_or(|us| end_us - start_us <= us);
        promise.record(outcome.is_ok() && in_time, end_us);
    }
}

/// The moments at which an open loop sends.
struct Times<'a> {
    arrivals: &'a Arrivals,
    /// µs of the last one, with its fraction, so that rounding does not add up.
    at_us: f64,
    count: usize,
}

impl<'a> Times<'a> {
    fn new(arrivals: &'a Arrivals) -> Self {
        Self {
            arrivals,
            at_us: 0.0,
            count: 0,
        }
    }

    /// The next moment, and how many are sent then.
    fn next(&mut self, client: &Client) -> Option<(u64, u64)> {
        self.count += 1;
        let us = match self.arrivals {
            Arrivals::Constant(rate) => self.count as f64 * 1e6 / rate,
            Arrivals::Poisson(pieces) => {
                let mass = Distribution::Exponential(1.0).draw(&mut client.rng.borrow_mut());
                self.at_us = go_on(pieces, self.at_us, mass)?;
                self.at_us
            }
            Arrivals::Burst(size, every_us) => {
                return Some(((self.count as u64 - 1).saturating_mul(*every_us), *size));
            }
            Arrivals::Trace(moments) => return Some((*moments.get(self.count - 1)?, 1)),
            Arrivals::Closed(..) => return None,
        };
        Some((whole(us), 1))
    }
}

/// The moment (µs) until which a rate in pieces brings so many requests, from `from_us` on: the inverse
/// of its integral. None if it never does.
pub fn go_on(pieces: &[(u64, f64, f64)], from_us: f64, mut mass: f64) -> Option<f64> {
    let mut at_us = from_us;
    let first = pieces.partition_point(|piece| (piece.0 as f64) <= at_us);
    for (place, &(start_us, from, to)) in pieces.iter().enumerate().skip(first.saturating_sub(1)) {
        let start_us = start_us as f64;
        at_us = at_us.max(start_us);
        let end_us = pieces.get(place + 1).map(|piece| piece.0 as f64);
        // Rates a µs, and by how much they change in one.
        let length_us = end_us.map_or(f64::INFINITY, |end_us| end_us - start_us);
        let slope = if end_us.is_some() {
            (to - from) / length_us / 1e6
        } else {
            0.0
        };
        let rate = from / 1e6 + slope * (at_us - start_us);
        let left_us = start_us + length_us - at_us;
        let inside = if left_us.is_finite() {
            rate * left_us + slope * left_us * left_us / 2.0
        } else if rate > 0.0 {
            f64::INFINITY
        } else {
            0.0
        };
        if mass <= inside {
            // The root of slope/2 · t² + rate · t = mass that lies in the piece, without a difference
            // of near numbers.
            let root = (rate * rate + 2.0 * slope * mass).max(0.0).sqrt();
            return Some(at_us + 2.0 * mass / (rate + root));
        }
        mass -= inside;
        at_us += left_us;
    }
    None
}
