//! The functions of `wasi:filesystem` themselves: a language's library would not pass on most of what is tried with them.

use std::collections::HashMap;

use guests_support::{Answer, rest};
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags};
use wasip2::io::streams::StreamError;

/// Open handles by name. A path `name:path` starts at one of them, any other path at the root.
#[derive(Default)]
pub struct Raw {
    held: HashMap<String, Descriptor>,
}

fn code(code: ErrorCode) -> String {
    code.name().to_owned()
}

fn done(result: Result<(), ErrorCode>) -> Answer {
    result.map(|()| String::new()).map_err(code)
}

/// `r` and `w` for reading and writing, `m` for changing a directory, `c` create, `x` exclusively, `t` truncate, `d` a
/// directory, `f` follow links.
fn flags(letters: &str) -> (PathFlags, OpenFlags, DescriptorFlags) {
    let mut path = PathFlags::empty();
    let mut open = OpenFlags::empty();
    let mut descriptor = DescriptorFlags::empty();
    for letter in letters.chars() {
        match letter {
            'r' => descriptor |= DescriptorFlags::READ,
            'w' => descriptor |= DescriptorFlags::WRITE,
            'm' => descriptor |= DescriptorFlags::MUTATE_DIRECTORY,
            'c' => open |= OpenFlags::CREATE,
            'x' => open |= OpenFlags::EXCLUSIVE,
            't' => open |= OpenFlags::TRUNCATE,
            'd' => open |= OpenFlags::DIRECTORY,
            'f' => path |= PathFlags::SYMLINK_FOLLOW,
            _ => panic!("no flag {letter}"),
        }
    }
    (path, open, descriptor)
}

impl Raw {
    fn at<T>(&mut self, path: &str, operation: impl FnOnce(&Descriptor, &str) -> T) -> T {
        match path.split_once(':') {
            Some((name, path)) => operation(self.handle(name), path),
            None => {
                let root = self.root();
                operation(root, path.strip_prefix('/').unwrap_or(path))
            }
        }
    }

    fn root(&mut self) -> &Descriptor {
        self.held.entry(String::new()).or_insert_with(|| {
            let directories = get_directories();
            assert_eq!(directories.len(), 1);
            directories.into_iter().next().expect("the root").0
        })
    }

    fn handle(&self, name: &str) -> &Descriptor {
        self.held.get(name).unwrap_or_else(|| panic!("nothing is held as {name}"))
    }

    /// With two places.
    fn between(
        &mut self,
        from: &str,
        to: &str,
        operation: impl FnOnce(&Descriptor, &str, &Descriptor, &str) -> Result<(), ErrorCode>,
    ) -> Answer {
        self.root();
        let place = |path: &'_ str| match path.split_once(':') {
            Some((name, path)) => (self.handle(name), path.to_owned()),
            None => (self.handle(""), path.strip_prefix('/').unwrap_or(path).to_owned()),
        };
        let ((one, from), (other, to)) = (place(from), place(to));
        done(operation(one, &from, other, &to))
    }

    /// Does the operation of this name.
    pub fn operation(&mut self, word: &str, arguments: &[&str]) -> Answer {
        let first = arguments.first().copied().unwrap_or_default();
        let second = arguments.get(1).copied().unwrap_or_default();
        let third = arguments.get(2).copied().unwrap_or_default();
        match word {
            // open PATH FLAGS: and let it go.
            "open" => {
                let (path, open, descriptor) = flags(second);
                self.at(first, |base, at| base.open_at(path, at, open, descriptor)).map(kind).map_err(code)
            }
            // hold NAME PATH FLAGS
            "hold" => {
                let (path, open, descriptor) = flags(third);
                let held = self.at(second, |base, at| base.open_at(path, at, open, descriptor)).map_err(code)?;
                self.held.insert(first.to_owned(), held);
                Ok(String::new())
            }
            "drop" => {
                self.held.remove(first);
                Ok(String::new())
            }
            "held-read" => {
                let (bytes, _) = self.handle(first).read(1 << 20, 0).map_err(code)?;
                Ok(format!("{:?}", String::from_utf8_lossy(&bytes)))
            }
            "held-write" => self
                .handle(first)
                .write(rest(arguments, 1).as_bytes(), 0)
                .map(|bytes| format!("{bytes} bytes"))
                .map_err(code),
            "held-stream" => {
                let stream = self.handle(first).write_via_stream(0).map_err(code)?;
                stream.blocking_write_and_flush(rest(arguments, 1).as_bytes()).map(|()| String::new()).map_err(
                    |error| match error {
                        StreamError::LastOperationFailed(error) => error.to_debug_string(),
                        StreamError::Closed => "closed".into(),
                    },
                )
            }
            "held-append" => self.handle(first).append_via_stream().map(|_| String::new()).map_err(code),
            "held-size" => done(self.handle(first).set_size(second.parse().expect("a size"))),
            "held-times" => done(self.handle(first).set_times(NewTimestamp::Now, NewTimestamp::Now)),
            "held-sync" => done(self.handle(first).sync().and_then(|()| self.handle(first).sync_data())),
            "held-flags" => self.handle(first).get_flags().map(|flags| format!("{flags:?}")).map_err(code),
            "held-list" => {
                let stream = self.handle(first).read_directory().map_err(code)?;
                let mut names = Vec::new();
                while let Some(entry) = stream.read_directory_entry().map_err(code)? {
                    names.push(entry.name);
                }
                names.sort();
                Ok(format!("[{}]", names.join(" ")))
            }
            "same" => Ok(self.handle(first).is_same_object(self.handle(second)).to_string()),
            "hash" => {
                let one =
                    self.at(first, |base, at| base.metadata_hash_at(PathFlags::SYMLINK_FOLLOW, at)).map_err(code)?;
                let other =
                    self.at(second, |base, at| base.metadata_hash_at(PathFlags::SYMLINK_FOLLOW, at)).map_err(code)?;
                Ok(if (one.lower, one.upper) == (other.lower, other.upper) { "same" } else { "different" }.into())
            }
            "raw-stat" => {
                let (path, ..) = flags(second);
                let stat = self.at(first, |base, at| base.stat_at(path, at)).map_err(code)?;
                Ok(format!("{:?}", stat.type_).rsplit("::").next().unwrap_or_default().to_owned())
            }
            "raw-mkdir" => done(self.at(first, |base, at| base.create_directory_at(at))),
            "raw-rmdir" => done(self.at(first, |base, at| base.remove_directory_at(at))),
            "raw-unlink" => done(self.at(first, |base, at| base.unlink_file_at(at))),
            "raw-readlink" => self.at(first, |base, at| base.readlink_at(at)).map_err(code),
            // symlink TARGET PATH
            "symlink" => done(self.at(second, |base, at| base.symlink_at(first, at))),
            "raw-rename" => self.between(first, second, |base, path, new, to| base.rename_at(path, new, to)),
            "raw-link" => {
                let (path, ..) = flags(third);
                self.between(first, second, |base, from, new, to| base.link_at(path, from, new, to))
            }
            // raw-times PATH FLAGS SECONDS
            "raw-times" => {
                let (path, ..) = flags(second.trim_start_matches('-'));
                let time = NewTimestamp::Timestamp(wasip2::clocks::wall_clock::Datetime {
                    seconds: third.parse().expect("seconds"),
                    nanoseconds: 0,
                });
                done(self.at(first, |base, at| base.set_times_at(path, at, time, time)))
            }
            "raw-read" => {
                let flags = DescriptorFlags::READ;
                let file =
                    self.at(first, |base, at| base.open_at(PathFlags::SYMLINK_FOLLOW, at, OpenFlags::empty(), flags));
                let (bytes, _) = file.and_then(|file| file.read(1 << 20, 0)).map_err(code)?;
                Ok(format!("{:?}", String::from_utf8_lossy(&bytes)))
            }
            "raw-write" => {
                let flags = DescriptorFlags::WRITE;
                let file =
                    self.at(first, |base, at| base.open_at(PathFlags::SYMLINK_FOLLOW, at, OpenFlags::CREATE, flags));
                let bytes = file.and_then(|file| file.write(rest(arguments, 1).as_bytes(), 0)).map_err(code)?;
                Ok(format!("{bytes} bytes"))
            }
            // deep NAME COUNT: a tree as deep as that, each directory opened from the one above it.
            "deep" => {
                let mut at = self
                    .handle(first)
                    .open_at(PathFlags::empty(), ".", OpenFlags::DIRECTORY, DescriptorFlags::READ)
                    .map_err(code)?;
                for _ in 0..second.parse::<u32>().expect("a count") {
                    at.create_directory_at("d").map_err(code)?;
                    at = at
                        .open_at(PathFlags::empty(), "d", OpenFlags::DIRECTORY, DescriptorFlags::READ)
                        .map_err(code)?;
                }
                Ok(String::new())
            }
            _ => panic!("no operation {word}"),
        }
    }
}

fn kind(descriptor: Descriptor) -> String {
    match descriptor.get_type() {
        Ok(kind) => format!("{kind:?}").rsplit("::").next().unwrap_or_default().to_owned(),
        Err(error) => code(error),
    }
}
