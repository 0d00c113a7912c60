//! Traffic that is watched while it runs: driven in slices, and known when it is over.

use crate::protocol::{Problem, RunView};
use crate::traffic::Simulation;
use crate::world::World;

/// The run that is watched, if there is one. It is a function of the world's text and the seed, so that it
/// may stand in for a run of the same.
#[derive(Default)]
pub(super) struct Driven(Option<Run>);

struct Run {
    text: String,
    seed: Option<u64>,
    simulation: Simulation,
}

impl Run {
    fn is_of(&self, text: &str, seed: Option<u64>) -> bool {
        self.text == text && self.seed == seed
    }
}

impl Driven {
    /// The run of this world and seed, where it was left; at its beginning if another was watched.
    ///
    /// # Errors
    /// The world's text describes no traffic.
    pub fn simulation(
        &mut self,
        world: &World,
        seed: Option<u64>,
        anew: bool,
    ) -> Result<&mut Simulation, Problem> {
        let known = self.0.take();
        let known = known.filter(|run| !anew && run.is_of(world.text(), seed));
        let run = match known {
            Some(run) => run,
            None => Run {
                text: world.text().to_owned(),
                seed,
                simulation: world.traffic(seed)?,
            },
        };
        Ok(&mut self.0.insert(run).simulation)
    }

    /// What the run came to, if it is this one and over.
    pub fn ended(&self, text: &str, seed: Option<u64>) -> Option<Box<RunView>> {
        let run = self.0.as_ref().filter(|run| run.is_of(text, seed))?;
        run.simulation
            .is_over()
            .then(|| Box::new(run.simulation.view()))
    }
}
