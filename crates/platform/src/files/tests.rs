//! Links, pipes and planted files, in directories of each kind.

use std::{
    fs::{self, File, Permissions},
    io::Read,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;

fn file(directory: &TempDir, name: &str, mode: u32) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, "there").unwrap();
    set_mode(&path, mode);
    path
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_link_where_the_draft_goes_is_not_written_through() {
    let directory = TempDir::new().unwrap();
    let victim = file(&directory, "victim", 0o644);
    let key = directory.path().join("audit.key");
    symlink(&victim, directory.path().join("audit.key.draft")).unwrap();
    write_private(&key, b"secret").unwrap();
    assert_eq!(
        (text(&key).as_str(), text(&victim).as_str()),
        ("secret", "there")
    );
    assert_eq!((mode(&key), mode(&victim)), (0o600, 0o644));
}

#[test]
fn a_file_planted_where_the_draft_goes_lends_neither_its_mode_nor_its_open_handle() {
    let directory = TempDir::new().unwrap();
    let planted = file(&directory, "audit.key.draft", 0o666);
    let mut held = File::open(planted).unwrap();
    let key = directory.path().join("audit.key");
    write_private(&key, b"secret").unwrap();
    let mut seen = String::new();
    held.read_to_string(&mut seen).unwrap();
    assert_eq!((seen.as_str(), mode(&key)), ("there", 0o600));
}

#[test]
fn a_link_where_a_file_is_written_is_replaced_and_not_followed() {
    let directory = TempDir::new().unwrap();
    let victim = file(&directory, "victim", 0o644);
    let addresses = directory.path().join("addresses.json");
    symlink(&victim, &addresses).unwrap();
    write_private(&addresses, b"{}").unwrap();
    assert_eq!(
        (text(&addresses).as_str(), text(&victim).as_str()),
        ("{}", "there")
    );
}

#[test]
fn a_new_file_is_never_one_that_is_there() {
    let directory = TempDir::new().unwrap();
    let dangling = directory.path().join("dangling");
    symlink(directory.path().join("nowhere"), &dangling).unwrap();
    assert!(create(&dangling).is_err());
    assert!(create(&file(&directory, "there", 0o600)).is_err());
    assert!(!directory.path().join("nowhere").exists());
}

#[test]
fn a_lock_follows_no_link_keeps_the_content_and_not_the_mode() {
    let directory = TempDir::new().unwrap();
    let victim = file(&directory, "victim", 0o644);
    let link = directory.path().join("link.lock");
    symlink(&victim, &link).unwrap();
    let refused = open_lock(&link).unwrap_err();
    assert!(matches!(refused.fault, Fault::NotOurs), "{refused}");
    assert_eq!((text(&victim).as_str(), mode(&victim)), ("there", 0o644));

    let wide = file(&directory, "wide.lock", 0o666);
    open_lock(&wide).unwrap();
    assert_eq!((text(&wide).as_str(), mode(&wide)), ("there", 0o600));
    let new = directory.path().join("new.lock");
    open_lock(&new).unwrap();
    assert_eq!(mode(&new), 0o600);
    assert!(open_lock(directory.path()).is_err());
}

#[test]
fn links_are_followed_and_what_they_lead_to_is_judged() {
    let directory = TempDir::new().unwrap();
    let link = directory.path().join("link");
    symlink(file(&directory, "key", 0o600), &link).unwrap();
    assert_eq!(read_secret(&link).unwrap().expose_secret(), b"there");
    set_mode(&directory.path().join("key"), 0o644);
    let refused = read_secret(&link).unwrap_err();
    assert!(
        matches!(refused.fault, Fault::Readable { mode: 0o644 }),
        "{refused}"
    );
    assert!(check(&link, Secrecy::Public).is_ok());
    set_mode(&directory.path().join("key"), 0o646);
    let refused = check(&link, Secrecy::Public).unwrap_err();
    assert!(
        matches!(refused.fault, Fault::Writable { mode: 0o646 }),
        "{refused}"
    );
}

#[test]
fn a_pipe_a_device_and_a_directory_are_refused_and_not_waited_for() {
    let directory = TempDir::new().unwrap();
    let pipe = directory.path().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    for path in [pipe.as_path(), Path::new("/dev/zero"), directory.path()] {
        let refused = read(path).unwrap_err();
        assert!(matches!(refused.fault, Fault::NotAFile), "{refused}");
    }
    assert!(open_lock(&pipe).is_err());
}

#[test]
fn a_mark_is_no_content_and_what_is_not_utf_8_or_too_large_is_refused() {
    let directory = TempDir::new().unwrap();
    let path = file(&directory, "text", 0o600);
    let read = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        read_secret_text(&path).map(|text| text.expose_secret().to_owned())
    };
    assert_eq!(read(b"\xef\xbb\xbfvalue").unwrap(), "value");
    let utf_16 = read(b"\xff\xfev\0a\0").unwrap_err();
    assert!(matches!(utf_16.fault, Fault::NotText), "{utf_16}");
    assert_eq!(utf_16.fault.to_string(), "is not text in UTF-8");
    assert_eq!(read(&vec![b'a'; 1 << 20]).unwrap().len(), 1 << 20);
    let large = read(&vec![b'a'; (1 << 20) + 1]).unwrap_err();
    assert!(matches!(large.fault, Fault::TooLarge), "{large}");
}

fn judged(directory: &Path) -> Result<(), Fault> {
    let made = Directory::make(directory).unwrap();
    let alone = made.alone("mark").and_then(|directory| directory.close());
    alone.map_err(|error| error.fault)
}

#[test]
fn a_directory_that_others_use_is_refused_and_keeps_its_mode() {
    for (name, wide) in [("tmp", 0o1777), ("home", 0o755), ("group", 0o770)] {
        let directory = TempDir::new().unwrap();
        if name != "tmp" {
            file(&directory, "of others", 0o644);
        }
        set_mode(directory.path(), wide);
        let judged = judged(directory.path());
        assert!(
            matches!(judged, Err(Fault::Shared { mode }) if mode == wide),
            "{name}"
        );
        assert_eq!(mode(directory.path()), wide, "{name}");
    }
}

#[test]
fn a_directory_that_is_empty_or_was_ours_before_is_closed() {
    for (wide, marked, closed) in [
        (0o755, false, true),
        (0o777, false, true),
        (0o2770, true, true),
        (0o755, true, true),
        // Others may have planted files since.
        (0o777, true, false),
        (0o1777, true, false),
    ] {
        let directory = TempDir::new().unwrap();
        if marked {
            file(&directory, "mark", 0o600);
        }
        set_mode(directory.path(), wide);
        assert_eq!(
            judged(directory.path()).is_ok(),
            closed,
            "{wide:o} {marked}"
        );
        let expected = if closed { 0o700 } else { wide };
        assert_eq!(mode(directory.path()), expected, "{wide:o} {marked}");
    }
    // A mark that leads elsewhere is nobody's.
    let directory = TempDir::new().unwrap();
    symlink("/etc/passwd", directory.path().join("mark")).unwrap();
    set_mode(directory.path(), 0o755);
    assert!(judged(directory.path()).is_err());
}

#[test]
fn a_directory_is_made_for_its_owner_only_and_a_file_is_none() {
    let directory = TempDir::new().unwrap();
    let new = directory.path().join("one/two");
    Directory::make(&new).unwrap();
    assert_eq!(mode(&new), 0o700);
    assert!(Directory::existing(&new.join("three")).unwrap().is_none());
    let file = file(&directory, "file", 0o600);
    assert!(Directory::existing(&file).is_err() && Directory::make(&file).is_err());
}

/// Only root can give a file away, so only root can try this.
#[test]
fn what_belongs_to_another_user_is_neither_believed_nor_written_in() {
    let directory = TempDir::new().unwrap();
    let file = file(&directory, "key", 0o600);
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for path in [file.as_path(), directory.path()] {
        std::os::unix::fs::chown(path, Some(65_534), None).unwrap();
    }
    let owner = |fault| {
        matches!(
            fault,
            Fault::Owner {
                owner: 65_534,
                us: 0
            }
        )
    };
    assert!(owner(read(&file).unwrap_err().fault));
    assert!(owner(open_lock(&file).unwrap_err().fault));
    let made = Directory::make(directory.path()).map(drop).unwrap_err();
    assert!(matches!(
        made.fault,
        Fault::DirectoryOwner {
            owner: 65_534,
            us: 0
        }
    ));
}
