//! Virtual time: order, fairness and repeatability of the executor.

use std::cell::RefCell;
use std::rc::Rc;

use backlab::sim::distribution::whole;
use backlab::sim::{
    Deadlock, Digest, Elapsed, Order, Progress, Reached, Rng, Runtime, Semaphore, channel,
};
use proptest::prelude::*;

#[test]
fn timers_fire_in_order_of_time_then_of_setting() {
    let runtime = Runtime::new(1_000);
    let log = Rc::new(RefCell::new(Vec::new()));
    for (name, us) in [("c", 30), ("a", 10), ("b", 10), ("d", 0)] {
        let (timer, log, clock) = (runtime.sleep(us), Rc::clone(&log), runtime.clone());
        runtime.spawn(async move {
            timer.await;
            log.borrow_mut().push((name, clock.now_us()));
        });
    }
    assert_eq!(runtime.advance(1_000), Progress::Done);
    let wanted = [("d", 1_000), ("a", 1_010), ("b", 1_010), ("c", 1_030)];
    assert_eq!(*log.borrow(), wanted);
}

#[test]
fn a_budget_stops_between_polls_and_the_rest_goes_on_later() {
    let runtime = Runtime::new(0);
    let clock = runtime.clone();
    let handle = runtime.spawn(async move {
        for _ in 0..10 {
            clock.sleep(5).await;
        }
        clock.now_us()
    });
    assert_eq!(runtime.advance(3), Progress::Budget);
    assert!(handle.take().is_none());
    assert_eq!(runtime.advance(1_000), Progress::Done);
    assert_eq!(handle.take(), Some(50));
}

#[test]
fn a_deadlock_is_an_error_and_leaves_the_runtime_usable() {
    let runtime = Runtime::new(0);
    let semaphore = Semaphore::new(0);
    let never = semaphore.clone();
    assert_eq!(
        runtime.block_on(async move {
            never.acquire().await;
        }),
        Err(Deadlock)
    );
    assert_eq!(semaphore.waiting(), 0, "the dropped task left the queue");
    assert_eq!(runtime.block_on(async { 7 }), Ok(7));

    let waiting = semaphore.clone();
    runtime.spawn(async move { drop(waiting.acquire().await) });
    assert_eq!(runtime.advance(10), Progress::Idle);
}

#[test]
fn a_timeout_ends_at_its_time_and_forgets_the_loser() {
    let runtime = Runtime::new(0);
    let clock = runtime.clone();
    let (slow, fast) = runtime
        .block_on(async move {
            let slow = clock.timeout(100, clock.sleep(500)).await;
            assert_eq!(clock.now_us(), 100);
            let fast = clock.timeout(100, clock.sleep(50)).await;
            (slow, fast)
        })
        .unwrap();
    assert_eq!((slow, fast), (Err(Elapsed), Ok(())));
    assert_eq!(runtime.advance(10), Progress::Done);
    assert_eq!(
        runtime.now_us(),
        150,
        "no timer of the loser moves the clock"
    );
}

#[test]
fn a_permit_given_to_a_waiter_that_left_goes_to_the_next() {
    let runtime = Runtime::new(0);
    let semaphore = Semaphore::new(1);
    let (clock, permits) = (runtime.clone(), semaphore.clone());
    runtime.spawn(async move {
        let _held = permits.acquire().await;
        clock.sleep(100).await;
    });
    let (clock, permits) = (runtime.clone(), semaphore.clone());
    let impatient = runtime.spawn(async move {
        let waited = clock.timeout(100, permits.acquire()).await;
        drop(waited);
    });
    let (clock, permits) = (runtime.clone(), semaphore.clone());
    let patient = runtime.spawn(async move {
        let _held = permits.acquire().await;
        clock.now_us()
    });
    assert_eq!(runtime.advance(1_000), Progress::Done);
    assert!(impatient.take().is_some());
    assert_eq!(patient.take(), Some(100));
    assert_eq!(semaphore.free(), 1);
}

#[test]
fn a_channel_delivers_in_order_and_ends_with_its_last_sender() {
    let runtime = Runtime::new(0);
    let (sender, mut receiver) = channel();
    for part in 0..3u32 {
        let (sender, clock) = (sender.clone(), runtime.clone());
        runtime.spawn(async move {
            clock.sleep(u64::from(10 - part)).await;
            sender.send(part);
            sender.send(part + 10);
        });
    }
    drop(sender);
    let all = runtime.block_on(async move {
        let mut all = Vec::new();
        while let Some(item) = receiver.receive().await {
            all.push(item);
        }
        all
    });
    assert_eq!(all, Ok(vec![2, 12, 1, 11, 0, 10]));
}

#[test]
fn known_numbers_stay_known() {
    // A saved log replays only while these hold.
    let mut rng = Rng::new(7);
    let first: Vec<u64> = (0..3).map(|_| rng.next_u64()).collect();
    let mut twin = Rng::new(7);
    assert_eq!(first, (0..3).map(|_| twin.next_u64()).collect::<Vec<_>>());
    assert_eq!(first[0], 1_021_219_803_524_665_661);
    // Test vector of the FNV authors.
    assert_eq!(Digest::of(b"foobar").hex(), "85944171f73967e8");
}

/// Workers that sleep, hold one of a few permits, and write down what they see.
fn run(seed: u64, workers: usize, permits: usize) -> Vec<(u64, usize, &'static str)> {
    let runtime = Runtime::new(0);
    let semaphore = Semaphore::new(permits);
    let rng = Rc::new(RefCell::new(Rng::new(seed)));
    let log = Rc::new(RefCell::new(Vec::new()));
    for worker in 0..workers {
        let (clock, semaphore) = (runtime.clone(), semaphore.clone());
        let (rng, log) = (Rc::clone(&rng), Rc::clone(&log));
        runtime.spawn(async move {
            for _ in 0..3 {
                let pause = rng.borrow_mut().below(20);
                clock.sleep(pause).await;
                log.borrow_mut().push((clock.now_us(), worker, "asks"));
                let held = semaphore.acquire().await;
                log.borrow_mut().push((clock.now_us(), worker, "has"));
                let work = rng.borrow_mut().below(20);
                clock.sleep(work).await;
                log.borrow_mut().push((clock.now_us(), worker, "leaves"));
                drop(held);
            }
        });
    }
    assert_eq!(runtime.advance(u64::MAX), Progress::Done);
    log.take()
}

proptest! {
    #[test]
    fn the_same_program_runs_the_same_way(seed: u64, workers in 1usize..12, permits in 1usize..4) {
        prop_assert_eq!(run(seed, workers, permits), run(seed, workers, permits));
    }

    #[test]
    fn time_never_goes_back_and_permits_are_fair(seed: u64, workers in 1usize..12, permits in 1usize..4) {
        let log = run(seed, workers, permits);
        prop_assert!(log.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        // In order of asking, the moments of getting never go back.
        let got: Vec<u64> = log.iter().enumerate().filter(|(_, e)| e.2 == "asks").map(|(at, ask)| {
            let has = log[at..].iter().find(|e| e.1 == ask.1 && e.2 == "has");
            has.map_or(u64::MAX, |e| e.0)
        }).collect();
        prop_assert!(got.windows(2).all(|pair| pair[0] <= pair[1]), "whoever asks first has it first");
        let mut held = 0usize;
        for (_, _, what) in &log {
            match *what {
                "has" => held += 1,
                "leaves" => held -= 1,
                _ => {}
            }
            prop_assert!(held <= permits);
        }
    }

    #[test]
    fn timers_that_are_taken_back_leave_the_others_in_order(times in prop::collection::vec((0u64..30, 0u64..30), 1..80)) {
        let runtime = Runtime::new(0);
        let log = Rc::new(RefCell::new(Vec::new()));
        for (name, (us, most_us)) in times.iter().copied().enumerate() {
            let (clock, log) = (runtime.clone(), Rc::clone(&log));
            runtime.spawn_detached(async move {
                // Whichever of the two fires first takes the other back.
                let _ = clock.timeout(most_us, clock.sleep(us)).await;
                log.borrow_mut().push((clock.now_us(), name));
            });
        }
        prop_assert_eq!(runtime.advance(u64::MAX), Progress::Done);
        prop_assert_eq!(runtime.load(), (0, 0));
        let ends = times.iter().enumerate().map(|(name, (us, most_us))| (*us.min(most_us), name));
        let mut wanted: Vec<(u64, usize)> = ends.collect();
        wanted.sort_unstable();
        prop_assert_eq!(log.take(), wanted);
    }

    #[test]
    fn whoever_leaves_a_queue_lets_the_others_keep_their_turns(
        patience in prop::collection::vec(0u64..100, 1..300),
        permits in 0usize..20,
        is_lifo: bool,
    ) {
        let runtime = Runtime::new(0);
        let order = if is_lifo { Order::Lifo } else { Order::Fifo };
        let semaphore = Semaphore::ordered(0, order);
        let log = Rc::new(RefCell::new(Vec::new()));
        for (name, us) in patience.iter().copied().enumerate() {
            let (clock, semaphore, log) = (runtime.clone(), semaphore.clone(), Rc::clone(&log));
            runtime.spawn_detached(async move {
                if let Ok(permit) = clock.timeout(us, semaphore.acquire()).await {
                    log.borrow_mut().push(name);
                    std::mem::forget(permit);
                }
            });
        }
        prop_assert_eq!(runtime.advance_to(50, u64::MAX), Reached::Moment);
        let stay = (0..patience.len()).filter(|name| patience[*name] > 50);
        let mut stay: Vec<usize> = stay.collect();
        prop_assert_eq!(semaphore.waiting(), stay.len());
        semaphore.change(permits.cast_signed());
        prop_assert_eq!(runtime.advance(u64::MAX), Progress::Done);
        prop_assert_eq!(semaphore.waiting(), 0);
        if is_lifo {
            stay.reverse();
        }
        stay.truncate(permits);
        prop_assert_eq!(log.take(), stay);
    }

    #[test]
    fn numbers_are_rounded_as_libm_does(value: f64, number in 0u64..1 << 53) {
        let number = number as f64;
        for value in [value, number, number / 2.0, number / 2048.0, (number / 2.0).next_down()] {
            prop_assert_eq!(whole(value), libm::round(value) as u64, "{}", value);
        }
    }

    #[test]
    fn draws_stay_in_range(seed: u64, end in 1u64..) {
        let mut rng = Rng::new(seed);
        for _ in 0..50 {
            prop_assert!(rng.below(end) < end);
            let unit = rng.next_f64();
            prop_assert!((0.0..1.0).contains(&unit));
        }
    }
}

#[test]
fn what_is_done_or_taken_back_leaves_nothing_behind() {
    let runtime = Runtime::new(0);
    let clock = runtime.clone();
    runtime.spawn(async move {
        for _ in 0..10_000 {
            // A deadline of 30 s around a call of 5 ms.
            let call = clock.timeout(30_000_000, clock.sleep(5_000)).await;
            assert_eq!(call, Ok(()));
            let (tasks, timers) = clock.load();
            assert!(tasks <= 2 && timers <= 1, "{tasks} tasks, {timers} timers");
            clock.spawn_detached(async {});
        }
    });
    assert_eq!(runtime.advance(u64::MAX), Progress::Done);
    assert_eq!(runtime.load(), (0, 0));
    assert_eq!(runtime.now_us(), 50_000_000);
}

#[test]
fn a_waker_of_a_task_that_is_done_does_not_wake_the_next_in_its_place() {
    let runtime = Runtime::new(0);
    let kept = Rc::new(RefCell::new(None));
    let keep = Rc::clone(&kept);
    runtime.spawn_detached(std::future::poll_fn(move |cx| {
        *keep.borrow_mut() = Some(cx.waker().clone());
        std::task::Poll::Ready(())
    }));
    assert_eq!(runtime.advance(10), Progress::Done);
    let polls = Rc::new(RefCell::new(0));
    let count = Rc::clone(&polls);
    runtime.spawn_detached(std::future::poll_fn(move |_| {
        *count.borrow_mut() += 1;
        std::task::Poll::<()>::Pending
    }));
    assert_eq!(runtime.advance(10), Progress::Idle);
    let waker: std::task::Waker = kept.take().unwrap();
    waker.wake();
    assert_eq!(runtime.advance(10), Progress::Idle);
    assert_eq!(*polls.borrow(), 1);
}

#[test]
fn what_waits_for_many_at_once_is_woken_by_each() {
    // So many that they are polled by wakers of their own.
    let runtime = Runtime::new(0);
    let clock = runtime.clone();
    let all = runtime.block_on(async move {
        let one = |at: u64| {
            let clock = clock.clone();
            async move {
                clock.sleep(100 - at).await;
                clock.sleep(at % 7).await;
                clock.now_us()
            }
        };
        futures_util::future::join_all((0..100).map(one)).await
    });
    let wanted: Vec<u64> = (0..100).map(|at| 100 - at + at % 7).collect();
    assert_eq!(all, Ok(wanted));
    assert_eq!(runtime.load(), (0, 0));
}

#[test]
fn a_moment_is_reached_and_not_passed() {
    let runtime = Runtime::new(0);
    let clock = runtime.clone();
    runtime.spawn_detached(async move {
        for _ in 0..3 {
            clock.sleep(40).await;
        }
        clock.halt();
    });
    assert_eq!(runtime.advance_to(100, 1_000), Reached::Moment);
    assert_eq!(runtime.now_us(), 100);
    assert_eq!(runtime.advance_to(500, 0), Reached::Budget);
    assert_eq!(runtime.advance_to(500, 1_000), Reached::Halt);
    assert_eq!(runtime.now_us(), 120);
    runtime.spawn_detached(std::future::pending());
    runtime.clear();
    assert_eq!(runtime.load(), (0, 0));
}

#[test]
fn last_come_first_served_and_permits_that_come_and_go() {
    let runtime = Runtime::new(0);
    let semaphore = Semaphore::ordered(1, Order::Lifo);
    let log = Rc::new(RefCell::new(Vec::new()));
    for name in 0..4 {
        let (clock, permits, log) = (runtime.clone(), semaphore.clone(), Rc::clone(&log));
        runtime.spawn(async move {
            let _held = permits.acquire().await;
            log.borrow_mut().push((clock.now_us(), name));
            clock.sleep(10).await;
        });
    }
    assert_eq!(runtime.advance(4), Progress::Budget);
    semaphore.change(1);
    assert_eq!(runtime.advance(1_000), Progress::Done);
    assert_eq!(*log.borrow(), [(0, 0), (0, 3), (10, 2), (10, 1)]);
    semaphore.change(-3);
    assert_eq!(semaphore.free(), 0, "one is owed");
    semaphore.change(2);
    assert_eq!(semaphore.free(), 1);
}

#[test]
fn lower_ranks_go_first_and_the_last_of_a_higher_one_is_put_out() {
    let runtime = Runtime::new(0);
    let semaphore = Semaphore::ordered(1, Order::Priority);
    let log = Rc::new(RefCell::new(Vec::new()));
    for (name, rank) in [("a", 9), ("b", 5), ("c", 0), ("d", 5), ("e", 7)] {
        let (clock, permits, log) = (runtime.clone(), semaphore.clone(), Rc::clone(&log));
        runtime.spawn(async move {
            let held = permits.acquire_ranked(rank).await;
            log.borrow_mut().push((clock.now_us(), name, held.is_ok()));
            clock.sleep(10).await;
        });
    }
    assert_eq!(runtime.advance(5), Progress::Budget);
    assert!(!semaphore.put_out(7), "nobody of a higher rank waits");
    assert!(semaphore.put_out(6) && semaphore.put_out(0));
    assert_eq!(semaphore.waiting(), 2);
    assert_eq!(runtime.advance(1_000), Progress::Done);
    let wanted = [
        (0, "a", true),
        (0, "e", false),
        (0, "d", false),
        (10, "c", true),
        (20, "b", true),
    ];
    assert_eq!(*log.borrow(), wanted);
    // Without ranks in its order, nobody is put out.
    let plain = Semaphore::new(0);
    let waiting = plain.clone();
    runtime.spawn(async move { drop(waiting.acquire_ranked(9).await) });
    assert_eq!(runtime.advance(1_000), Progress::Idle);
    assert!(!plain.put_out(0));
}
