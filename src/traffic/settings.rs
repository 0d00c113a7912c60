//! The settings of a client or part as it ran, whatever of them the text says: whole numbers, words, and
//! true or false. Times are in microseconds, with `_us` for the key's `_ms`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::spec::{ClientSpec, JITTERS, Kind, LIMITS_BY, ORDERS, POLICIES};

/// By key.
pub type Settings = BTreeMap<String, Value>;

/// The settings of a client.
pub fn of_client(client: &ClientSpec) -> Settings {
    named(&[
        ("timeout_us", client.timeout_us.into()),
        ("hedge_after_us", client.hedge_us.into()),
        ("priority", client.priority.into()),
        ("cancels", client.cancels.into()),
        ("attempts", client.retry.attempts.into()),
        ("policy", word(&JITTERS, client.retry.policy)),
    ])
}

/// The settings of a kind of part.
pub fn of_part(kind: &Kind) -> Settings {
    match kind {
        Kind::Balancer(own) => named(&[
            ("policy", word(&POLICIES, own.policy)),
            ("health_us", own.health_us.into()),
            ("unhealthy_after", own.unhealthy_after.into()),
            ("eject_us", own.eject_us.into()),
            ("slow_start_us", own.slow_start_us.into()),
        ]),
        Kind::Service(own) => named(&[
            ("workers", own.workers.into()),
            ("queue", own.queue.into()),
            ("order", word(&ORDERS, own.order)),
            ("parallel", own.parallel.into()),
            ("holds", own.holds.into()),
        ]),
        Kind::Pool(size, acquire_us) => named(&[
            ("size", (*size).into()),
            ("acquire_us", (*acquire_us).into()),
        ]),
        Kind::Database(own) => named(&[
            ("workers", own.workers.into()),
            ("queue", own.queue.into()),
            ("replicas", own.replicas.into()),
            ("lag_us", own.lag_us.into()),
        ]),
        Kind::Cache(own) => named(&[
            ("size", own.size.into()),
            ("ttl_us", own.ttl_us.into()),
            ("collapse", own.collapse.into()),
        ]),
        Kind::Breaker(own) => named(&[
            ("window", own.window.into()),
            ("min_calls", own.min_calls.into()),
            ("open_us", own.open_us.into()),
            ("trials", own.trials.into()),
        ]),
        Kind::Bulkhead(max, queue, wait_us) => named(&[
            ("max", (*max).into()),
            ("queue", (*queue).into()),
            ("wait_us", (*wait_us).into()),
        ]),
        Kind::Timeout(after_us, cancels) => named(&[
            ("after_us", (*after_us).into()),
            ("cancels", (*cancels).into()),
        ]),
        Kind::Retry(own) => named(&[
            ("attempts", own.attempts.into()),
            ("policy", word(&JITTERS, own.policy)),
        ]),
        Kind::Queue(own) => named(&[
            ("consumers", own.consumers.into()),
            ("fifo", own.fifo.into()),
            ("max_messages", own.max_messages.into()),
            ("max_receives", own.max_receives.into()),
            ("visibility_us", own.visibility_us.into()),
        ]),
        Kind::Log(own) => named(&[
            ("partitions", own.partitions.into()),
            ("max_messages", own.max_messages.into()),
            ("rebalance_us", own.rebalance_us.into()),
        ]),
        Kind::Saga(own) => named(&[
            ("log_us", own.log_us.into()),
            ("undo_retry_us", own.undo_retry_us.into()),
            (
                "recovers",
                if own.goes_forward {
                    "forward"
                } else {
                    "backward"
                }
                .into(),
            ),
        ]),
        Kind::Outbox(own) => named(&[
            ("poll_us", own.poll_us.into()),
            ("batch", own.batch.into()),
            ("mark_us", own.mark_us.into()),
            ("max_messages", own.max_messages.into()),
        ]),
        Kind::Gateway(sticky) => named(&[("sticky", (*sticky).into())]),
        Kind::Limiter(own) => named(&[
            ("algorithm", own.policy.algorithm.name().into()),
            ("by", word(&LIMITS_BY, own.by)),
            ("nodes", own.policy.nodes.count.into()),
        ]),
    }
}

/// What is not set is left out.
fn named(settings: &[(&str, Value)]) -> Settings {
    let set = settings.iter().filter(|(_, value)| !value.is_null());
    set.map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect()
}

fn word<T: Copy + PartialEq>(words: &[(&'static str, T)], of: T) -> Value {
    let found = words.iter().find(|(_, own)| *own == of);
    found.map_or(Value::Null, |(word, _)| (*word).into())
}
