//! Runs as the worker would have written them down.

use std::collections::HashMap;
use std::sync::Arc;

use unmoor::journal::{
    Answer, ContainerRecord, End, Entry, ImageRecord, Line, Run, RunId, SCHEMA, Taken, Task,
};
use unmoor::model::{ContainerConfig, Graph};
use unmoor::plan::{Ended, Expected, PlannedStep, RemovalPlan, StepAction, StepOutcome, Undo, undo};

pub const HOST: &str = "unix:///var/run/docker.sock";

/// How far a run is told.
pub enum Told {
    /// With so many outcomes, and its end.
    Ended(Ended),
    /// One more step was sent, and nothing follows.
    CutOff,
}

pub fn removal(
    name: &str,
    at: i64,
    before: &Graph,
    plan: &RemovalPlan,
    outcomes: &[StepOutcome],
    told: Told,
) -> Arc<Run> {
    let undo = undo(plan, before);
    let mut lines = vec![begun(before, Task::Removal(plan.clone()))];
    for (step, planned) in plan.steps.iter().enumerate().take(outcomes.len()) {
        lines.push(sent(step, planned, before, &undo));
        lines.push(Entry::Answered { step, answer: Answer::Removal(outcomes[step].clone()) });
    }
    match told {
        Told::Ended(ended) => lines.push(Entry::Ended { ended: End::Removal(ended) }),
        Told::CutOff => lines.push(sent(outcomes.len(), &plan.steps[outcomes.len()], before, &undo)),
    }
    folded(name, at, lines)
}

fn folded(name: &str, at: i64, entries: Vec<Entry>) -> Arc<Run> {
    let line = |entry| Line { schema: SCHEMA, run: RunId(name.to_owned()), at, entry };
    let mut lines = entries.into_iter().map(line);
    let mut run = Run::begin(lines.next().unwrap()).unwrap();
    for line in lines {
        // As it would be read from a file.
        let text = serde_json::to_string(&line).unwrap();
        assert!(run.take(serde_json::from_str(&text).unwrap()), "{text}");
    }
    Arc::new(run.outlined())
}

fn begun(before: &Graph, task: Task) -> Entry {
    let engine = before.inventory().engine.clone();
    Entry::Begun { engine, host: HOST.to_owned(), program: "0.1.0".to_owned(), task }
}

fn sent(step: usize, planned: &PlannedStep, before: &Graph, undo: &HashMap<StepAction, Undo>) -> Entry {
    let mut taken = Taken::default();
    let mut images = Vec::new();
    match &planned.action {
        StepAction::StopContainer { id, .. } | StepAction::RemoveContainer { id, .. } => {
            let container = before.container(before.find_container(id).unwrap()).unwrap();
            let config = ContainerConfig::of(serde_json::json!({
                "Config": { "Image": container.image_shown, "Cmd": ["nginx", "-g", "daemon off;"],
                            "Env": ["NGINX_HOST=example.com", "PASSWORD=open-sesame-4711"] },
                "HostConfig": { "PortBindings": { "80/tcp": [{ "HostIp": "127.0.0.1", "HostPort": "8080" }] },
                                "RestartPolicy": { "Name": "unless-stopped" }, "CpuShares": 512 },
            }));
            taken.containers.push(ContainerRecord {
                id: id.clone(),
                name: container.name.clone(),
                image: container.image.clone(),
                image_shown: container.image_shown.clone(),
                config: Some(config),
            });
        }
        StepAction::Untag { image, .. } | StepAction::RemoveImage { image, .. } => images.push(image),
    }
    if let Expected::Lines { images: gone, .. } = &planned.expected {
        images.extend(gone.iter().filter(|id| Some(*id) != images.first().copied()).collect::<Vec<_>>());
    }
    let record = |id| before.image(before.find_image(id)?).map(ImageRecord::from);
    taken.images = images.into_iter().filter_map(record).collect();
    Entry::Sent { step, taken, undo: undo.get(&planned.action).cloned() }
}
