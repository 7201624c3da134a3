//! What is found at the journal's path, and where its last line is.

use super::*;

#[test]
fn what_was_found_is_told_once_there_is_a_new_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit.jsonl");
    let lock = File::create(directory.path().join("lock")).unwrap();
    let mut sink = FileSink::open(&path, 1 << 20, lock, None).unwrap();
    sink.write(b"a line\n").unwrap();
    sink.sync().unwrap();
    fs::write(&path, "another's").unwrap();
    // It is set aside, and there is no room for a new one.
    sink.file = None;
    assert!(sink.ours(ChainHead::START).unwrap().is_none());
    let told = [(); 2].map(|()| sink.repair(ChainHead::START).unwrap());
    assert_eq!(told, [Some(Reason::JournalChanged), None]);
}

#[test]
fn the_last_line_may_be_the_only_one_and_is_no_longer_than_a_line() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"a line\n").unwrap();
    assert_eq!(last_line(&file, 7).unwrap().unwrap(), b"a line");
    let long = vec![b'x'; usize::try_from(LINE_AND_ITS_ENDS).unwrap()];
    file.write_all(&[&long[..], b"\n"].concat()).unwrap();
    let end = file.metadata().unwrap().len();
    assert!(last_line(&file, end).unwrap().is_none());
}
