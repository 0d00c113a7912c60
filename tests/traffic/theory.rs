//! Queues with a formula. Each of ten settings a model runs with the seed of its own place in the list;
//! no seed was chosen. The confidence interval is the run's own: batch means of the times in system,
//! 32 to 64 batches after the warm-up, Student's t at 99 %. One in a hundred honest intervals misses, so
//! of these eighty 0.8 may be expected to; with these seeds none does.

use std::fmt::Write as _;

use super::{part, run};

/// Requests of each run that are measured.
const REQUESTS: u64 = 60_000;

/// A queue: the topology's workers, service time and places to wait, and what theory says.
struct Setting {
    model: &'static str,
    rate_per_s: f64,
    workers: u32,
    service: String,
    queue: Option<u32>,
    seed: usize,
    /// Mean milliseconds in system, and of waiting.
    time_ms: f64,
    wait_ms: f64,
    utilisation: f64,
    /// The share of requests that find no place.
    refused: f64,
}

fn settings() -> Vec<Setting> {
    let mut all = Vec::new();
    let loads = [0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75];
    for (seed, load) in loads.into_iter().enumerate() {
        let service_ms = 1.0 + seed as f64 * 2.0;
        let mu = 1e3 / service_ms;
        let exponential = format!("{{ exponential = {service_ms} }}");
        // M/M/1: 1 / (μ − λ).
        let rate = load * mu;
        let time_ms = 1e3 / (mu - rate);
        all.push(Setting {
            model: "M/M/1",
            rate_per_s: rate,
            workers: 1,
            service: exponential.clone(),
            queue: None,
            seed,
            time_ms,
            wait_ms: time_ms - service_ms,
            utilisation: load,
            refused: 0.0,
        });
        // M/M/c, by Erlang C.
        let workers = 2 + seed as u32;
        let rate = load * mu * f64::from(workers);
        let wait_ms =
            erlang_c(workers, load * f64::from(workers)) * 1e3 / (mu * f64::from(workers) - rate);
        all.push(Setting {
            model: "M/M/c",
            rate_per_s: rate,
            workers,
            service: exponential.clone(),
            queue: None,
            seed,
            time_ms: wait_ms + service_ms,
            wait_ms,
            utilisation: load,
            refused: 0.0,
        });
        // M/D/1: half of M/M/1's waiting.
        let rate = load * mu;
        let wait_ms = load / (2.0 * (1.0 - load)) * service_ms;
        all.push(Setting {
            model: "M/D/1",
            rate_per_s: rate,
            workers: 1,
            service: format!("{service_ms}"),
            queue: None,
            seed,
            time_ms: wait_ms + service_ms,
            wait_ms,
            utilisation: load,
            refused: 0.0,
        });
        // M/M/1/K, up to overload.
        let load = load * 2.0;
        let places = 3 + seed as i32;
        let rate = load * mu;
        let share = |n: i32| {
            if (load - 1.0).abs() < 1e-9 {
                1.0 / f64::from(places + 1)
            } else {
                (1.0 - load) * load.powi(n) / (1.0 - load.powi(places + 1))
            }
        };
        let inside: f64 = (0..=places).map(|n| f64::from(n) * share(n)).sum();
        let refused = share(places);
        let time_ms = inside / (rate * (1.0 - refused)) * 1e3;
        all.push(Setting {
            model: "M/M/1/K",
            rate_per_s: rate,
            workers: 1,
            service: exponential,
            queue: Some(places as u32 - 1),
            seed,
            time_ms,
            wait_ms: time_ms - service_ms,
            utilisation: 1.0 - share(0),
            refused,
        });
    }
    all
}

/// The chance that whoever comes has to wait.
fn erlang_c(servers: u32, offered: f64) -> f64 {
    // By Erlang B's recursion, which does not overflow.
    let blocked = (1..=servers).fold(1.0, |blocked, n| {
        offered * blocked / (f64::from(n) + offered * blocked)
    });
    let load = offered / f64::from(servers);
    blocked / (1.0 - load + load * blocked)
}

impl Setting {
    fn text(&self) -> String {
        let warmup_s = 2_000.0 / self.rate_per_s;
        let duration_s = warmup_s + REQUESTS as f64 / self.rate_per_s;
        let queue = self
            .queue
            .map_or(String::new(), |queue| format!("queue = {queue}"));
        format!(
            "[topology]\nseed = {}\nduration_s = {duration_s:.3}\nwarmup_s = {warmup_s:.3}\n\
             [[topology.client]]\nname = \"all\"\nto = \"server\"\nrate_per_s = {:.6}\n\
             [[topology.part]]\nname = \"server\"\nkind = \"service\"\nworkers = {}\n\
             service_ms = {}\n{queue}\n",
            self.seed, self.rate_per_s, self.workers, self.service
        )
    }
}

#[test]
fn means_are_what_theory_says_within_the_runs_own_interval() {
    let mut missed = Vec::new();
    for setting in settings() {
        let figures = run(&setting.text());
        let server = part(&figures, "server");
        for (what, times, wanted) in [
            ("time", server.time_ms, setting.time_ms),
            ("wait", server.wait_ms, setting.wait_ms),
        ] {
            let half = times.half_width.expect("enough requests for an interval");
            let off = (times.mean - wanted).abs();
            let line = format!(
                "{} {} of {}: {:.4} ± {half:.4} ms, by the formula {wanted:.4} ms",
                setting.model, setting.seed, what, times.mean
            );
            // An interval as wide as the mean would let anything pass.
            assert!(half <= 0.25 * wanted, "too wide: {line}");
            if off > half {
                missed.push(line);
            }
        }
        let busy = server.utilisation.expect("a service has workers");
        assert!(
            (busy - setting.utilisation).abs() < 0.03,
            "{} {}: busy {busy}, by the formula {}",
            setting.model,
            setting.seed,
            setting.utilisation
        );
        let refused = server.failed as f64 / server.arrived as f64;
        assert!(
            (refused - setting.refused).abs() < 0.015,
            "{} {}: refused {refused}, by the formula {}",
            setting.model,
            setting.seed,
            setting.refused
        );
        if let Some(queue) = setting.queue {
            assert!(
                server.queue.max <= u64::from(queue),
                "the queue keeps its bound"
            );
            // Whoever is refused was there for no time.
            let states = server.inside_share.len();
            assert!(states <= queue as usize + 2, "never more than K inside");
        }
    }
    let mut told = String::new();
    for line in &missed {
        let _ = writeln!(told, "{line}");
    }
    assert!(
        missed.is_empty(),
        "{} means outside their intervals:\n{told}",
        missed.len()
    );
}

#[test]
fn the_number_in_an_mm1_is_geometric() {
    for (seed, load) in [(1, 0.3_f64), (2, 0.5), (3, 0.7)] {
        let rate = load * 200.0;
        let duration_s = 100_000.0 / rate;
        let figures = run(&format!(
            "[topology]\nseed = {seed}\nduration_s = {duration_s:.3}\n\
             [[topology.client]]\nname = \"all\"\nto = \"server\"\nrate_per_s = {rate}\n\
             [[topology.part]]\nname = \"server\"\nkind = \"service\"\nservice_ms = {{ exponential = 5 }}\n"
        ));
        let shares = &part(&figures, "server").inside_share;
        let sum: f64 = shares.iter().sum();
        assert!(
            (sum - 1.0).abs() < 1e-9,
            "shares of time add up to one: {sum}"
        );
        for (n, share) in shares.iter().enumerate().take(6) {
            let wanted = (1.0 - load) * load.powi(n as i32);
            assert!(
                (share - wanted).abs() < 0.015,
                "load {load}: P({n}) is {share}, by the formula {wanted}"
            );
        }
    }
}

#[test]
fn a_closed_loop_sends_no_faster_than_it_is_answered() {
    // Ten users who think for a second at a server of 50 ms: at most 10 / 1.05 s.
    let figures = run("[topology]\nseed = 3\nduration_s = 600\nwarmup_s = 10\n\
         [[topology.client]]\nname = \"users\"\nto = \"server\"\narrivals = \"closed\"\nusers = 10\nthink_ms = 1000\n\
         [[topology.part]]\nname = \"server\"\nkind = \"service\"\nservice_ms = 50\n");
    let users = &figures.clients[0];
    assert!(users.inside.max <= 10);
    // The interactive response time law: R = N / X − Z.
    let response_ms = 10.0 / users.throughput_per_s * 1e3 - 1000.0;
    assert!(
        (response_ms - users.time_ms.mean).abs() < 2.0,
        "{response_ms}: {users:?}"
    );
}
