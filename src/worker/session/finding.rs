//! How a session comes by its engine, loses it, and finds it again.

use super::super::link;
use super::super::memory::{Memory, Remembered};
use super::{Note, Session, Task};
use crate::engine::Engine;
use crate::message::Event;
use crate::model::{Endpoint, Failure};

impl Session {
    /// Tries once, and shows meanwhile what was there when it answered last.
    pub fn connect(&mut self) {
        let (endpoint, tell, memory) = (self.endpoint.clone(), self.teller(), self.memory.clone());
        let (generation, outbox) = (self.generation, self.outbox.clone());
        let shows_something = self.remembered.is_some();
        self.link = Some(Task(tokio::spawn(async move {
            let recall = async {
                if shows_something {
                    return;
                }
                let Some(last) = memory.recall(&endpoint).await else { return };
                let Remembered { host, engine, at, observation } = last;
                tell.tell(Note::Remembered(engine)).await;
                outbox.send(Event::Remembered { generation, host, at, observation }).await;
            };
            let note = match tokio::join!(connect(&endpoint, &memory), recall).0 {
                Ok(engine) => Note::Connected(engine),
                Err(tried) => Note::NotConnected(tried),
            };
            tell.tell(note).await;
        })));
    }

    /// Whether something is shown that is not of an answer of this time.
    pub fn remembers(&self) -> bool {
        self.remembered.is_some()
    }

    /// Whether what is shown is of another engine than this.
    pub fn remembers_another(&mut self, engine: &Engine) -> bool {
        self.remembered.take().is_some_and(|remembered| engine.identity() != Some(remembered))
    }

    /// What was listed is of an engine that may come back as another.
    fn drop_engine(&mut self) {
        (self.engine, self.listing, self.waiting, self.last) = (None, None, None, None);
        (self.resting, self.settling, self.shown) = (None, None, None);
    }

    /// The machine slept: connections may be dead without a word, and what changed meanwhile nobody told.
    pub fn wake_up(&mut self) {
        let was_there = self.engine.is_some();
        self.drop_engine();
        if self.lost.is_some() {
            return self.connect_again(true);
        }
        if !was_there {
            return self.connect();
        }
        let (endpoint, tell, memory) = (self.endpoint.clone(), self.teller(), self.memory.clone());
        self.link = Some(Task(tokio::spawn(async move {
            let note = match connect(&endpoint, &memory).await {
                Ok(engine) => Note::Connected(engine),
                // The network may need longer to wake up.
                Err(tried) => match tried.into_iter().next() {
                    Some(failure) => Note::Gone(failure),
                    None => return,
                },
            };
            tell.tell(note).await;
        })));
    }

    /// The engine is gone.
    pub fn lose(&mut self, failure: Failure) {
        self.drop_engine();
        self.lost = Some(failure);
        self.connect_again(false);
    }

    /// Tries until the engine is back.
    pub fn connect_again(&mut self, at_once: bool) {
        let (endpoint, tell, memory) = (self.endpoint.clone(), self.teller(), self.memory.clone());
        self.link = Some(Task(tokio::spawn(async move {
            let engine = link::find_again(&endpoint, at_once, &tell).await;
            memory.remind(&engine).await;
            tell.tell(Note::Connected(engine)).await;
        })));
    }

    /// Takes an engine: watches it from now on. Watching begins before the first listing, so that
    /// nothing that changes meanwhile is missed.
    pub fn use_engine(&mut self, engine: Engine) {
        let (watched, tell) = (engine.clone(), self.teller());
        self.link = Some(Task(tokio::spawn(async move {
            let failure = link::watch(&watched, &tell).await;
            tell.tell(Note::Gone(failure)).await;
        })));
        (self.engine, self.lost) = (Some(engine), None);
    }
}

async fn connect(endpoint: &Endpoint, memory: &Memory) -> Result<Engine, Vec<Failure>> {
    let engine = Engine::connect(endpoint).await?;
    memory.remind(&engine).await;
    Ok(engine)
}
