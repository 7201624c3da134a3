//! The picture of `docs/architecture.md`: the rooms in groups, and the arrows that the code has.
//!
//! What a group is and where it stands is decided in `picture/groups.rs`; which group uses which one is read from
//! the imports. An arrow that follows from two others is left out, or the picture would be a ball of wool.

mod groups;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::{
    real,
    source::circles,
    svg::{Area, Picture},
};
use groups::groups;

const WRITTEN_BY: &str = "UPDATE=1 cargo test --package platform --test architecture the_picture";

/// Group → the groups that its rooms use.
fn uses(real: &BTreeMap<String, BTreeMap<String, String>>) -> BTreeMap<String, BTreeSet<String>> {
    let of: BTreeMap<&str, &str> = groups()
        .flat_map(|group| group.rooms.iter().map(|room| (*room, group.title)))
        .collect();
    let known: Vec<&str> = real.keys().map(String::as_str).collect();
    let drawn: Vec<&str> = of.keys().copied().collect();
    assert_eq!(drawn, known, "rooms of the picture, and rooms of the code");
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in real {
        let others = to.keys().map(|to| of[to.as_str()]);
        let others = others.filter(|to| *to != of[from.as_str()]);
        let others = others.map(str::to_owned);
        uses.entry(of[from.as_str()].to_owned())
            .or_default()
            .extend(others);
    }
    uses
}

/// Without the arrows that follow from others.
fn shortest(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<(String, String)> {
    let reaches = |from: &String, to: &String| {
        let (mut seen, mut ways) = (BTreeSet::new(), vec![from]);
        while let Some(at) = ways.pop() {
            for next in uses.get(at).into_iter().flatten() {
                // The arrow itself is no way around it.
                if (at, next) != (from, to) && seen.insert(next) {
                    ways.push(next);
                }
            }
        }
        seen.contains(to)
    };
    let all = uses
        .iter()
        .flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
    all.filter(|(from, to)| !reaches(from, to))
        .map(|(from, to)| (from.clone(), to.clone()))
        .collect()
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Whether a package depends on another one of the workspace, by its manifest.
fn depends(package: &str, on: &str) -> bool {
    let manifest = fs::read_to_string(workspace().join(package).join("Cargo.toml")).unwrap();
    let mut lines = manifest.lines();
    lines.any(|line| line.starts_with(&format!("{on}.workspace = true")))
}

/// The upper storey, and what tests both: name, what it is, directory, left edge, width.
const PACKAGES: [(&str, &str, &str, i32, i32); 3] = [
    (
        "The service",
        "permissions, resources, one list: yours to change",
        ".",
        40,
        380,
    ),
    (
        "crates/testkit",
        "starts a service for a test; the suite",
        "crates/testkit",
        460,
        230,
    ),
    (
        "crates/fixture",
        "a service for tests of the platform",
        "crates/fixture",
        730,
        210,
    ),
];

#[test]
fn the_picture_of_the_rooms_has_the_arrows_of_the_code() {
    let uses = uses(&real(""));
    assert_eq!(circles(&uses), [""; 0], "groups that need each other");
    let title = "The two storeys, and the rooms of the platform";
    let mut picture = Picture::new(980, 1172, title);
    storeys(&mut picture);
    for group in groups() {
        let Area { x, y, .. } = group.area();
        picture.frame("card", group.area());
        picture.words("title", x + 14, y + 22, group.title);
        picture.words("note", x + 14, y + 39, group.does);
        match group.rooms {
            ["http"] => chips(&mut picture, x + 14, y + 48, &rooms_of_http()),
            rooms => chips(&mut picture, x + 14, y + 48, rooms),
        }
    }
    let place = |title: &str| groups().find(|group| group.title == title).unwrap().area();
    for (from, to) in shortest(&uses) {
        picture.arrow(place(&from), place(&to), "");
    }
    picture.matches(&workspace().join("docs/architecture.svg"), WRITTEN_BY);
}

/// The packages, and what each stands on.
fn storeys(picture: &mut Picture) {
    let platform = Area {
        x: 20,
        y: 142,
        width: 940,
        height: 1010,
    };
    let title = "The platform: crates/platform, replaced by an upgrade as a whole";
    picture.frame("storey", platform);
    picture.words("title", 40, 166, title);
    let areas = PACKAGES.map(|(.., x, width)| Area {
        x,
        y: 20,
        width,
        height: 66,
    });
    for ((name, does, directory, x, width), area) in PACKAGES.into_iter().zip(areas) {
        let class = if directory == "." { "own" } else { "card" };
        picture.frame(class, area);
        picture.words("title", x + 16, 48, name);
        picture.words("note", x + 16, 68, does);
        assert!(depends(directory, "platform"), "{directory}");
        let below = Area {
            x,
            width,
            ..platform
        };
        picture.arrow(area, below, "");
    }
    let [service, testkit, fixture] = areas;
    for (directory, area) in [(".", service), ("crates/fixture", fixture)] {
        assert!(depends(directory, "testkit"), "{directory}");
        picture.arrow(area, testkit, "");
    }
}

/// Names in a row.
fn chips(picture: &mut Picture, mut x: i32, y: i32, names: &[impl AsRef<str>]) {
    for name in names.iter().map(AsRef::as_ref) {
        let width = 12 + 13 * i32::try_from(name.len()).unwrap() / 2;
        let chip = Area {
            x,
            y,
            width,
            height: 20,
        };
        picture.frame("chip", chip);
        picture.words("middle", x + width / 2, y + 14, name);
        x += width + 6;
    }
}

/// The rooms of HTTP, those that stand on most others first.
fn rooms_of_http() -> Vec<String> {
    fn depth(room: &str, real: &BTreeMap<String, BTreeMap<String, String>>) -> usize {
        let used = real.get(room).into_iter().flat_map(BTreeMap::keys);
        used.map(|used| 1 + depth(used, real)).max().unwrap_or(0)
    }
    let real = real("http/");
    let mut rooms: Vec<String> = real.keys().cloned().collect();
    rooms.sort_by_key(|room| Reverse(depth(room, &real)));
    rooms
}
