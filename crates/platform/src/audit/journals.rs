//! Which files are one journal.
//!
//! Each replica writes a journal of its own, and files of several come together where journals are kept. The
//! name says what belongs together: full files have the journal's name with the number of their last line. So
//! files of one name are one journal, in the order in which they are given; a directory is a replica's, and
//! each name in it is a journal.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::config::is_file_number;

/// One journal: a name for people, and its files, oldest first.
#[derive(Debug, PartialEq, Eq)]
pub struct Files {
    pub name: String,
    pub files: Vec<PathBuf>,
}

/// The journals that these files and directories hold.
///
/// # Errors
/// When a directory cannot be read, or holds no journal.
pub fn of(paths: &[PathBuf]) -> io::Result<Vec<Files>> {
    let mut journals: Vec<Files> = Vec::new();
    for path in paths {
        if path.is_dir() {
            for file in in_directory(path)? {
                let name = path.join(name(&file)).display().to_string();
                add(&mut journals, name, file);
            }
        } else {
            add(&mut journals, name(path), path.clone());
        }
    }
    Ok(journals)
}

fn add(journals: &mut Vec<Files>, name: String, file: PathBuf) {
    match journals.iter_mut().find(|journal| journal.name == name) {
        Some(journal) => journal.files.push(file),
        None => journals.push(Files {
            name,
            files: vec![file],
        }),
    }
}

/// A directory's files with the extension of a journal. Sorted, full files stand before the one that is
/// written.
fn in_directory(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let file = entry?.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "jsonl")
        {
            files.push(file);
        }
    }
    if files.is_empty() {
        let words = format!("{}: holds no journal (*.jsonl)", directory.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, words));
    }
    files.sort();
    Ok(files)
}

/// The name of the journal that a file is a part of: without directory, number and extension.
fn name(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    match stem.rsplit_once('-') {
        Some((name, end)) if is_file_number(end) => name.to_owned(),
        _ => stem.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouped(paths: &[PathBuf]) -> Vec<(String, usize)> {
        let journals = of(paths).unwrap().into_iter();
        journals
            .map(|journal| (journal.name, journal.files.len()))
            .collect()
    }

    #[test]
    fn files_of_one_name_are_one_journal_wherever_they_lie() {
        let paths = [
            "old/audit-0000000000000042.jsonl",
            "data/audit.jsonl",
            "audit.web-1-0000000000000007.jsonl",
            "audit.web-1.jsonl",
            "audit.web-2.jsonl",
        ];
        assert_eq!(
            grouped(&paths.map(PathBuf::from)),
            [
                ("audit".to_owned(), 2),
                ("audit.web-1".to_owned(), 2),
                ("audit.web-2".to_owned(), 1)
            ]
        );
    }

    #[test]
    fn each_directory_is_a_replicas_own_and_its_files_come_in_their_order() {
        let parent = tempfile::TempDir::new().unwrap();
        let directories = ["a", "b"].map(|name| parent.path().join(name));
        for directory in &directories {
            fs::create_dir(directory).unwrap();
            for file in ["audit.jsonl", "audit-0000000000000042.jsonl", "audit.head"] {
                fs::write(directory.join(file), "").unwrap();
            }
        }
        let journals = of(&directories).unwrap();
        assert_eq!(journals.len(), 2);
        let last = journals[1].files.last().unwrap();
        assert_eq!(*last, directories[1].join("audit.jsonl"));
        let empty = tempfile::TempDir::new().unwrap();
        assert!(of(&[empty.path().to_owned()]).is_err());
    }
}
