//! What chance is made of: distributions, Zipf's law, the histogram, and when requests come.

use backlab::sim::{BatchMeans, Distribution, Histogram, Rng, Zipf};
use backlab::traffic::client::go_on;
use proptest::prelude::*;

#[test]
fn distributions_have_the_means_and_deviations_they_are_named_by() {
    let cases = [
        (Distribution::Constant(7.0), 7.0, 0.0),
        (Distribution::Uniform(2.0, 8.0), 5.0, 3.0_f64.sqrt()),
        (Distribution::Exponential(5.0), 5.0, 5.0),
        (Distribution::Erlang(4, 8.0), 8.0, 4.0),
        // Median 10, σ 0.5.
        (Distribution::LogNormal(10.0, 0.5), 11.331, 6.039),
        // Least 3, α 3: mean 4.5, variance 6.75.
        (Distribution::Pareto(3.0, 3.0), 4.5, 6.75_f64.sqrt()),
    ];
    for (distribution, mean, deviation) in cases {
        let mut rng = Rng::new(1);
        let n = 200_000;
        let draws: Vec<f64> = (0..n).map(|_| distribution.draw(&mut rng)).collect();
        let found = draws.iter().sum::<f64>() / f64::from(n);
        let squares: f64 = draws.iter().map(|x| (x - found) * (x - found)).sum();
        let spread = (squares / f64::from(n)).sqrt();
        assert!(
            (distribution.mean() - mean).abs() < 1e-3,
            "{distribution:?}"
        );
        assert!(
            (found - mean).abs() < 0.015 * mean,
            "{distribution:?}: mean {found}"
        );
        // A Pareto's tail makes its deviation slow to show.
        let slack = if matches!(distribution, Distribution::Pareto(..)) {
            0.15
        } else {
            0.02
        };
        assert!(
            (spread - deviation).abs() <= slack * deviation,
            "{distribution:?}: deviation {spread}, not {deviation}"
        );
    }
}

/// Kolmogorov and Smirnov's statistic at 99 % for many values: 1.628 / √n.
#[test]
fn poisson_arrivals_pass_kolmogorov_smirnov() {
    // A rate that doubles half way, and falls in a ramp: by the integral of the rate, arrivals are those
    // of one a second.
    let shapes: [&[(u64, f64, f64)]; 3] = [
        &[(0, 100.0, 100.0)],
        &[(0, 50.0, 50.0), (20_000_000, 200.0, 200.0)],
        &[(0, 10.0, 200.0), (60_000_000, 200.0, 200.0)],
    ];
    for (seed, pieces) in (1..).zip(shapes) {
        let mut rng = Rng::new(seed);
        let mut at_us = 0.0;
        let mut gaps = Vec::new();
        while gaps.len() < 5_000 {
            let mass = Distribution::Exponential(1.0).draw(&mut rng);
            let next_us = go_on(pieces, at_us, mass).expect("the rate never ends");
            gaps.push(integral(pieces, next_us) - integral(pieces, at_us));
            at_us = next_us;
        }
        gaps.sort_by(f64::total_cmp);
        let n = gaps.len() as f64;
        let worst = gaps.iter().enumerate().fold(0.0_f64, |worst, (at, gap)| {
            let wanted = 1.0 - (-gap).exp();
            let (below, above) = (at as f64 / n, (at as f64 + 1.0) / n);
            worst
                .max((wanted - below).abs())
                .max((above - wanted).abs())
        });
        assert!(worst < 1.628 / n.sqrt(), "seed {seed}: {worst}");
    }
}

/// Requests expected up to a moment, counted in small steps: another way than the one under test.
fn integral(pieces: &[(u64, f64, f64)], until_us: f64) -> f64 {
    let mut sum = 0.0;
    for (place, &(start_us, from, to)) in pieces.iter().enumerate() {
        let start = start_us as f64;
        let end = pieces
            .get(place + 1)
            .map_or(f64::INFINITY, |next| next.0 as f64);
        let upto = until_us.clamp(start, end);
        let last = if end.is_finite() {
            from + (to - from) * (upto - start) / (end - start)
        } else {
            from
        };
        sum += (from + last) / 2.0 * (upto - start) / 1e6;
    }
    sum
}

#[test]
fn zipfs_law_gives_each_rank_its_share() {
    for exponent in [0.0, 0.5, 0.9, 1.0, 1.2, 2.0] {
        let n = 50_u64;
        let zipf = Zipf::new(n, exponent);
        let weights: Vec<f64> = (1..=n).map(|k| (k as f64).powf(-exponent)).collect();
        let total: f64 = weights.iter().sum();
        let mut rng = Rng::new(9);
        let draws = 200_000;
        let mut counts = vec![0_u32; n as usize];
        for _ in 0..draws {
            counts[zipf.draw(&mut rng) as usize] += 1;
        }
        // Pearson's χ² with 49 degrees of freedom: 74.9 at 99 %.
        let chi: f64 = counts
            .iter()
            .zip(&weights)
            .map(|(count, weight)| {
                let wanted = weight / total * f64::from(draws);
                (f64::from(*count) - wanted).powi(2) / wanted
            })
            .sum();
        assert!(chi < 74.9, "exponent {exponent}: χ² = {chi}");
    }
    assert_eq!(Zipf::new(1, 1.0).draw(&mut Rng::new(1)), 0);
}

#[test]
fn an_interval_covers_the_mean_as_often_as_it_says() {
    // Values that depend on their neighbours, as times in a queue do: each is 0.9 of the last and chance.
    let mut covered = 0;
    for seed in 0..200 {
        let mut rng = Rng::new(seed);
        let mut means = BatchMeans::default();
        let mut value = 0.0_f64;
        for _ in 0..20_000 {
            value = 0.9 * value + rng.next_f64() - 0.5;
            means.record(value);
        }
        let half = means.half_width().expect("20,000 values are enough");
        covered += u32::from(means.mean().abs() <= half);
    }
    // 198 are to be expected; 193 or fewer would come in one of a thousand tries.
    assert!(covered >= 194, "{covered} of 200");
}

proptest! {
    #[test]
    fn a_percentile_is_off_by_less_than_a_hundredth(
        mut values in prop::collection::vec(0_u64..10_000_000_000, 1..300),
        share in 0.0_f64..=1.0,
        cut in 0_usize..300,
    ) {
        // One histogram, or two merged: the same.
        let (mut one, mut two) = (Histogram::fine(), Histogram::fine());
        for (at, value) in values.iter().enumerate() {
            if at < cut { one.record(*value) } else { two.record(*value) }
        }
        one.merge(&two);
        values.sort_unstable();
        let rank = ((share * values.len() as f64).ceil() as usize).clamp(1, values.len());
        let wanted = values[rank - 1] as f64;
        let found = one.percentile(share) as f64;
        prop_assert!((found - wanted).abs() <= 0.01 * wanted, "{found}, not {wanted}");
        prop_assert_eq!(one.count(), values.len() as u64);
        prop_assert_eq!(one.max(), *values.last().unwrap());
        prop_assert_eq!(one.sum(), values.iter().map(|v| u128::from(*v)).sum::<u128>());
    }
}
