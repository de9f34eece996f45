//! The services that this double has, and their operations by name.

use kage_core::{Handler, JobHandler, Service};
use kage_schema::ServiceModel;
use std::collections::HashMap;

/// All services, and where to find their operations.
pub struct Registry {
    services: Vec<Service>,
    /// Model name and operation name to the positions of service and operation.
    operations: HashMap<(&'static str, &'static str), (usize, usize)>,
    models: HashMap<&'static str, (usize, &'static ServiceModel)>,
    jobs: HashMap<&'static str, (usize, usize)>,
}

/// One modelled operation.
#[derive(Clone, Copy)]
pub struct Entry<'r> {
    /// The service.
    pub service: &'r Service,
    /// The API model.
    pub model: &'static ServiceModel,
    /// The operation.
    pub handler: &'r dyn Handler,
}

impl Registry {
    /// A registry of these services. Of two operations with one name the first counts.
    #[must_use]
    pub fn new(services: Vec<Service>) -> Registry {
        let mut operations = HashMap::new();
        let mut models = HashMap::new();
        let mut jobs = HashMap::new();
        for (s, service) in services.iter().enumerate() {
            for model in service.models {
                models.entry(model.name).or_insert((s, *model));
                for (o, handler) in service.operations.iter().enumerate() {
                    let belongs = model.operations.iter().any(|known| std::ptr::eq(*known, handler.model()));
                    if belongs {
                        operations.entry((model.name, handler.model().name)).or_insert((s, o));
                    }
                }
            }
            for (j, job) in service.jobs.iter().enumerate() {
                jobs.entry(job.kind).or_insert((s, j));
            }
        }
        Registry { services, operations, models, jobs }
    }

    /// The operation, when it is modelled.
    #[must_use]
    pub fn operation(&self, model: &str, operation: &str) -> Option<Entry<'_>> {
        // The map's keys are static; the lookup key only needs to live as long as the call.
        let (s, o) = *self.operations.get(&(model, operation))?;
        let (_, model) = *self.models.get(model)?;
        let service = self.services.get(s)?;
        Some(Entry { service, model, handler: service.operations.get(o)?.as_ref() })
    }

    /// The handler of a kind of job, and its service.
    #[must_use]
    pub fn job(&self, kind: &str) -> Option<(&Service, &JobHandler)> {
        let (s, j) = *self.jobs.get(kind)?;
        let service = self.services.get(s)?;
        Some((service, service.jobs.get(j)?))
    }
}
