//! One drill: the commands of a section, carried out in the order of the page.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use serde_json::Value;

use crate::{
    harness::{Actor, patience},
    page::{self, Block},
    scene::Scene,
};

/// A drill that has begun. [`Drill::end`] holds it to all commands of its section.
pub struct Drill {
    pub scene: Scene,
    set_up: Block,
    opening: Option<Block>,
    blocks: Vec<Block>,
    next: Cell<usize>,
    /// What the operator sets in place of the page's examples.
    variables: RefCell<BTreeMap<&'static str, String>>,
}

impl Drill {
    /// The drill of this heading.
    pub fn of(title: &str) -> Self {
        let set_up = page::section("Set up").remove(0);
        let mut blocks = page::section(title);
        let opens = blocks[0].sets_variables();
        let opening = opens.then(|| blocks.remove(0));
        let drill = Self {
            scene: Scene::new(),
            set_up,
            opening,
            blocks,
            next: Cell::default(),
            variables: RefCell::default(),
        };
        for (name, value) in drill.scene.variables() {
            drill.set(name, value);
        }
        drill
    }

    /// Sets a variable that the page sets.
    pub fn set(&self, name: &'static str, value: impl Into<String>) {
        let blocks = [&self.set_up].into_iter().chain(&self.opening);
        let known = blocks.filter(|block| block.sets(name)).count();
        assert_eq!(known, 1, "the page sets {name}");
        self.variables.borrow_mut().insert(name, value.into());
    }

    /// Types the next commands of the page, which are those of this phase; what they print.
    #[track_caller]
    pub fn carry_out(&self, phase: &str) -> String {
        let script = self.script(phase);
        self.done(&script).unwrap_or_else(|said| panic!("{said}"))
    }

    /// The same for commands that only look: the journal may be a moment behind.
    #[track_caller]
    pub fn look(&self, phase: &str) -> String {
        let script = self.script(phase);
        let seen = RefCell::new(Err(String::new()));
        patience::until(&script, || {
            *seen.borrow_mut() = self.done(&script);
            seen.borrow().is_ok()
        });
        seen.into_inner().unwrap()
    }

    #[track_caller]
    fn script(&self, phase: &str) -> String {
        let next = self.next.replace(self.next.get() + 1);
        let block = self.blocks.get(next).expect("the page has more commands");
        assert_eq!(
            block.phase, phase,
            "the page goes on with:\n{}",
            block.commands
        );
        let mut script = self.set_up.commands.clone();
        if let Some(opening) = &self.opening {
            script += &opening.commands;
        }
        for (name, value) in &*self.variables.borrow() {
            script.extend([name, "='", value, "'\n"]);
        }
        script + &block.commands
    }

    fn done(&self, script: &str) -> Result<String, String> {
        let output = self.scene.bash(script);
        let [out, err] =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        if output.status.success() {
            Ok(out)
        } else {
            Err(format!("{script}\n{out}{err}"))
        }
    }

    /// Every command of the section was carried out.
    pub fn end(self) {
        let left = self.blocks.get(self.next.get());
        assert!(left.is_none(), "nobody carries this out: {left:?}");
    }

    /// Waits for a line of the journal with these members.
    pub fn is_on_record(&self, event: &str, members: &[(&str, &str)]) {
        patience::until(format!("{event} is on record"), || {
            self.scene.journal().iter().any(|line| {
                let has = |(pointer, text): &(&str, &str)| {
                    line.pointer(pointer).and_then(Value::as_str) == Some(*text)
                };
                line["event"] == *event && members.iter().all(has)
            })
        });
    }
}

/// The id that a command printed first.
pub fn id(printed: &str) -> &str {
    printed.split(' ').next().unwrap()
}

/// The status of a caller who asks for nothing in particular.
pub fn status(actor: &Actor) -> u16 {
    actor.get("/v1/me").status
}
