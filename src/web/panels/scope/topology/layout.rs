//! Where the parts of a system stand: clients at the left, each part one column behind those that ask it.

use crate::protocol::{NodeView, RunView};

/// Width of a box.
pub const BOX_WIDTH: u64 = 132;
/// Height of a box.
pub const BOX_HEIGHT: u64 = 84;
/// Between two columns.
const COLUMN_GAP: u64 = 52;
/// Between two rows.
const ROW_GAP: u64 = 16;

/// A client or a part at its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot<'a> {
    /// What stands there.
    pub node: &'a NodeView,
    /// From the left.
    pub x: u64,
    /// From the top.
    pub y: u64,
    /// Its column, from 0.
    pub column: usize,
}

/// Who sends to whom, and how much.
#[derive(Debug, Clone, PartialEq)]
pub struct Wire {
    /// Position of the sender among the spots.
    pub from: usize,
    /// Position of the receiver.
    pub to: usize,
    /// Thousandths of a request a second.
    pub flow_milli: u64,
}

/// A system, laid out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout<'a> {
    /// Clients, then parts, in their order.
    pub spots: Vec<Spot<'a>>,
    /// Between them.
    pub wires: Vec<Wire>,
    /// Width of it all.
    pub width: u64,
    /// Height of it all.
    pub height: u64,
}

impl<'a> Layout<'a> {
    /// Lays out the system of a run.
    pub fn of(run: &'a RunView) -> Self {
        let nodes: Vec<&NodeView> = run.clients.iter().chain(&run.parts).collect();
        let position = |name: &String| nodes.iter().position(|node| node.name == *name);
        let links = run
            .links
            .iter()
            .filter_map(|(from, to)| Some((position(from)?, position(to)?)));
        let links: Vec<(usize, usize)> = links.collect();
        let columns = columns(nodes.len(), run.clients.len(), &links);
        let last = columns.iter().copied().max().unwrap_or(0);
        let count = |column| columns.iter().filter(|own| **own == column).count() as u64;
        let rows = (0..=last).map(count).max().unwrap_or(0);
        let height = (rows * (BOX_HEIGHT + ROW_GAP)).saturating_sub(ROW_GAP);
        let spots = nodes
            .iter()
            .zip(&columns)
            .enumerate()
            .map(|(at, (node, column))| {
                let above = columns.iter().take(at).filter(|own| *own == column).count() as u64;
                let own = count(*column) * (BOX_HEIGHT + ROW_GAP) - ROW_GAP;
                Spot {
                    node,
                    x: *column as u64 * (BOX_WIDTH + COLUMN_GAP),
                    y: height.saturating_sub(own) / 2 + above * (BOX_HEIGHT + ROW_GAP),
                    column: *column,
                }
            });
        Self {
            spots: spots.collect(),
            wires: wires(run, &nodes, &links),
            width: last as u64 * (BOX_WIDTH + COLUMN_GAP) + BOX_WIDTH,
            height,
        }
    }
}

/// The longest way to each node, in links; a ring ends where it began.
fn columns(nodes: usize, clients: usize, links: &[(usize, usize)]) -> Vec<usize> {
    let mut columns = vec![0_usize; nodes];
    for column in columns.iter_mut().skip(clients) {
        *column = 1;
    }
    for _ in 0..nodes {
        let mut moved = false;
        for (from, to) in links {
            let wanted = columns[*from] + 1;
            if *to >= clients && columns[*to] < wanted && wanted <= nodes {
                columns[*to] = wanted;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    // A ring pushes its members far to the right: no column stays empty.
    let mut used: Vec<usize> = columns.clone();
    used.sort_unstable();
    used.dedup();
    columns
        .iter()
        .map(|column| used.iter().position(|own| own == column).unwrap_or(0))
        .collect()
}

/// What comes to a node is dealt out to those who send to it, as much as they have.
fn wires(run: &RunView, nodes: &[&NodeView], links: &[(usize, usize)]) -> Vec<Wire> {
    let rates: Vec<u64> = nodes.iter().map(|node| rate_milli(run, node)).collect();
    links
        .iter()
        .map(|(from, to)| {
            let senders = links.iter().filter(|link| link.1 == *to);
            let all: u64 = senders.map(|link| rates[link.0]).sum();
            let flow = u128::from(rates[*to]) * u128::from(rates[*from]) / u128::from(all.max(1));
            Wire {
                from: *from,
                to: *to,
                flow_milli: u64::try_from(flow).unwrap_or(u64::MAX),
            }
        })
        .collect()
}

/// Thousandths of a request that come a second: of late while it runs, over all once it is over.
pub fn rate_milli(run: &RunView, node: &NodeView) -> u64 {
    let series = &node.series;
    let whole = usize::try_from(run.now_us.checked_div(series.bucket_us).unwrap_or(0));
    let whole = whole.unwrap_or(usize::MAX).min(series.arrived.len());
    let counts = match run.ended {
        None => &series.arrived[whole.saturating_sub(3)..whole],
        Some(_) => &series.arrived[..],
    };
    let us = match run.ended {
        None => series.bucket_us * counts.len() as u64,
        Some(_) => run.now_us,
    };
    let count: u64 = counts.iter().sum();
    u64::try_from(u128::from(count) * 1_000_000_000 / u128::from(us.max(1))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::SeriesView;

    fn node(name: &str, arrived: u64) -> NodeView {
        NodeView {
            name: name.to_owned(),
            arrived,
            series: SeriesView {
                bucket_us: 1_000_000,
                arrived: vec![arrived],
                ..SeriesView::default()
            },
            ..NodeView::default()
        }
    }

    fn run(parts: &[(&str, u64)], links: &[(&str, &str)]) -> RunView {
        RunView {
            now_us: 1_000_000,
            clients: vec![node("you", 10)],
            parts: parts
                .iter()
                .map(|(name, arrived)| node(name, *arrived))
                .collect(),
            links: links
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect(),
            ..RunView::default()
        }
    }

    #[test]
    fn parts_stand_behind_all_who_ask_them() {
        let run = run(
            &[("api", 10), ("cache", 10), ("db", 4)],
            &[
                ("you", "api"),
                ("api", "cache"),
                ("cache", "db"),
                ("api", "db"),
            ],
        );
        let columns: Vec<usize> = Layout::of(&run)
            .spots
            .iter()
            .map(|spot| spot.column)
            .collect();
        assert_eq!(columns, [0, 1, 2, 3]);
    }

    #[test]
    fn a_ring_ends_and_boxes_never_overlap() {
        let run = run(
            &[("a", 1), ("b", 1), ("c", 1), ("d", 1)],
            &[("you", "a"), ("a", "b"), ("b", "a"), ("a", "c"), ("a", "d")],
        );
        let layout = Layout::of(&run);
        for (at, one) in layout.spots.iter().enumerate() {
            assert!(one.x + BOX_WIDTH <= layout.width && one.y + BOX_HEIGHT <= layout.height);
            for other in &layout.spots[at + 1..] {
                assert!(
                    one.x.abs_diff(other.x) >= BOX_WIDTH || one.y.abs_diff(other.y) >= BOX_HEIGHT
                );
            }
        }
    }

    #[test]
    fn what_comes_is_dealt_out_to_those_who_send() {
        let run = run(
            &[("a", 6), ("b", 4), ("db", 5)],
            &[("you", "a"), ("you", "b"), ("a", "db"), ("b", "db")],
        );
        let flows: Vec<u64> = Layout::of(&run)
            .wires
            .iter()
            .map(|wire| wire.flow_milli)
            .collect();
        assert_eq!(flows, [6_000, 4_000, 3_000, 2_000]);
    }
}
