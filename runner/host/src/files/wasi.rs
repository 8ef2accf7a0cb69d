//! `wasi:filesystem` 0.2 over [`Files`]: types in, types out.

use std::io;
use std::time::SystemTime;

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi_io::streams::{DynInputStream, DynOutputStream};

use super::metadata::{Kind, Metadata};
use super::streams::{BeforeWrite, FileInput, FileOutput, MAX_READ, Position, read_at, write_at};
use super::wasi_error::{WasiFileError, code_of_io};
use super::{Directory, Entry, Files, Handle, OpenFile, OpenRequest};

mod generated {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "wharf:host/files",
        imports: { default: trappable },
        require_store_data_send: true,
        trappable_error_type: { "wasi:filesystem/types.error-code" => super::WasiFileError },
        with: {
            "wasi:io": wasmtime_wasi::p2::bindings::io,
            "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
            "wasi:filesystem/types.descriptor": crate::files::Handle,
            "wasi:filesystem/types.directory-entry-stream": super::Listing,
        },
    });
}

use generated::wasi::filesystem::preopens;
pub(super) use generated::wasi::filesystem::types;
use types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode, MetadataHashValue,
    NewTimestamp, OpenFlags, PathFlags,
};

/// A listing that is being read.
pub struct Listing(std::vec::IntoIter<Entry>);

type FileResult<T> = Result<T, WasiFileError>;

/// What `stat-at` found last. Guests' C libraries ask for the hash of the same path in the very next call; the system
/// is asked once for both.
pub(crate) struct LastStat {
    descriptor: u32,
    path: String,
    follow: bool,
    hash: MetadataHashValue,
}

/// The files of a step with the table of its handles.
pub(crate) struct FilesView<'a> {
    pub(crate) files: &'a mut Files,
    pub(crate) last_stat: &'a mut Option<LastStat>,
    pub(crate) table: &'a mut ResourceTable,
}

/// Names [`FilesView`] for the linker.
pub(crate) struct FilesPower;

impl HasData for FilesPower {
    type Data<'a> = FilesView<'a>;
}

/// Links `wasi:filesystem`.
pub(crate) fn add_to_linker<T: Send + 'static>(
    linker: &mut Linker<T>,
    view: fn(&mut T) -> FilesView<'_>,
) -> wasmtime::Result<()> {
    preopens::add_to_linker::<T, FilesPower>(linker, view)?;
    types::add_to_linker::<T, FilesPower>(linker, view)
}

impl FilesView<'_> {
    fn handle(&self, descriptor: &Resource<Handle>) -> FileResult<&Handle> {
        Ok(self.table.get(descriptor)?)
    }

    fn file(&mut self, descriptor: &Resource<Handle>) -> FileResult<OpenFile> {
        *self.last_stat = None;
        match self.handle(descriptor)? {
            Handle::File(file) => Ok(file.clone()),
            Handle::Directory(_) => Err(ErrorCode::IsDirectory.into()),
        }
    }

    fn readable(&mut self, descriptor: &Resource<Handle>) -> FileResult<OpenFile> {
        Some(self.file(descriptor)?).filter(|file| file.readable).ok_or(ErrorCode::BadDescriptor.into())
    }

    fn writable(&mut self, descriptor: &Resource<Handle>) -> FileResult<OpenFile> {
        Some(self.file(descriptor)?).filter(|file| file.writable).ok_or(ErrorCode::BadDescriptor.into())
    }

    fn directory(&mut self, descriptor: &Resource<Handle>) -> FileResult<Directory> {
        *self.last_stat = None;
        match self.handle(descriptor)? {
            Handle::Directory(directory) => Ok(directory.clone()),
            Handle::File(_) => Err(ErrorCode::NotDirectory.into()),
        }
    }

    /// What to do before each write into a file that is counted.
    fn before_write(&self, file: &OpenFile) -> Option<BeforeWrite> {
        let quota = file.private.then(|| self.files.ledger.quota.clone())?;
        Some(Box::new(move |file, end| {
            let length = file.metadata()?.len();
            quota.grow(end.saturating_sub(length)).map_err(io::Error::other)
        }))
    }

    fn output(&mut self, descriptor: &Resource<Handle>, position: Position) -> FileResult<Resource<DynOutputStream>> {
        let file = self.writable(descriptor)?;
        let before_write = self.before_write(&file);
        let stream: DynOutputStream = Box::new(FileOutput::new(file.file, position, before_write));
        Ok(self.table.push(stream)?)
    }
}

impl preopens::Host for FilesView<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Handle>, String)>> {
        let root = self.table.push(Handle::Directory(self.files.root()))?;
        Ok(vec![(root, "/".to_owned())])
    }
}

impl types::Host for FilesView<'_> {
    fn convert_error_code(&mut self, error: WasiFileError) -> wasmtime::Result<ErrorCode> {
        match error {
            WasiFileError::Code(code) => Ok(code),
            WasiFileError::Trap(error) => Err(error),
        }
    }

    fn filesystem_error_code(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        Ok(self.table.get(&error)?.downcast_ref::<io::Error>().map(code_of_io))
    }
}

impl types::HostDirectoryEntryStream for FilesView<'_> {
    fn read_directory_entry(&mut self, stream: Resource<Listing>) -> FileResult<Option<DirectoryEntry>> {
        let entry = self.table.get_mut(&stream)?.0.next();
        Ok(entry.map(|entry| DirectoryEntry { type_: entry.kind.into(), name: entry.name }))
    }

    fn drop(&mut self, stream: Resource<Listing>) -> wasmtime::Result<()> {
        self.table.delete(stream)?;
        Ok(())
    }
}

impl types::HostDescriptor for FilesView<'_> {
    fn read_via_stream(&mut self, descriptor: Resource<Handle>, offset: u64) -> FileResult<Resource<DynInputStream>> {
        let stream: DynInputStream = Box::new(FileInput::new(self.readable(&descriptor)?.file, offset));
        Ok(self.table.push(stream)?)
    }

    fn write_via_stream(&mut self, descriptor: Resource<Handle>, offset: u64) -> FileResult<Resource<DynOutputStream>> {
        self.output(&descriptor, Position::At(offset))
    }

    fn append_via_stream(&mut self, descriptor: Resource<Handle>) -> FileResult<Resource<DynOutputStream>> {
        self.output(&descriptor, Position::End)
    }

    fn advise(&mut self, descriptor: Resource<Handle>, _: u64, _: u64, _: Advice) -> FileResult<()> {
        // Advice is only advice.
        self.file(&descriptor).map(drop)
    }

    fn sync_data(&mut self, descriptor: Resource<Handle>) -> FileResult<()> {
        match self.handle(&descriptor)? {
            Handle::File(file) if file.writable => Ok(file.file.with(std::fs::File::sync_data)?),
            _ => Ok(()),
        }
    }

    fn sync(&mut self, descriptor: Resource<Handle>) -> FileResult<()> {
        match self.handle(&descriptor)? {
            Handle::File(file) if file.writable => Ok(file.file.with(std::fs::File::sync_all)?),
            _ => Ok(()),
        }
    }

    fn get_flags(&mut self, descriptor: Resource<Handle>) -> FileResult<DescriptorFlags> {
        Ok(match self.handle(&descriptor)? {
            Handle::Directory(_) => DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY,
            Handle::File(file) => {
                let read = if file.readable { DescriptorFlags::READ } else { DescriptorFlags::empty() };
                let write = if file.writable { DescriptorFlags::WRITE } else { DescriptorFlags::empty() };
                read | write
            }
        })
    }

    fn get_type(&mut self, descriptor: Resource<Handle>) -> FileResult<DescriptorType> {
        Ok(match self.handle(&descriptor)? {
            Handle::Directory(_) => DescriptorType::Directory,
            Handle::File(_) => DescriptorType::RegularFile,
        })
    }

    fn set_size(&mut self, descriptor: Resource<Handle>, size: u64) -> FileResult<()> {
        let file = self.writable(&descriptor)?;
        if file.private {
            let length = file.file.metadata()?.size;
            let quota = &self.files.ledger.quota;
            if size > length { quota.grow(size - length)? } else { quota.shrink(length - size) }
        }
        Ok(file.file.with(|file| file.set_len(size))?)
    }

    fn set_times(
        &mut self,
        descriptor: Resource<Handle>,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FileResult<()> {
        let file = self.writable(&descriptor)?;
        let mut times = std::fs::FileTimes::new();
        if let Some(time) = time_of(accessed)? {
            times = times.set_accessed(time);
        }
        if let Some(time) = time_of(modified)? {
            times = times.set_modified(time);
        }
        Ok(file.file.with(|file| file.set_times(times))?)
    }

    fn read(&mut self, descriptor: Resource<Handle>, length: u64, offset: u64) -> FileResult<(Vec<u8>, bool)> {
        let file = self.readable(&descriptor)?;
        let mut buffer = vec![0; usize::try_from(length).unwrap_or(MAX_READ).min(MAX_READ)];
        let count = file.file.with(|file| read_at(file, &mut buffer, offset))?;
        let ended = count == 0 && !buffer.is_empty();
        buffer.truncate(count);
        Ok((buffer, ended))
    }

    fn write(&mut self, descriptor: Resource<Handle>, buffer: Vec<u8>, offset: u64) -> FileResult<u64> {
        let file = self.writable(&descriptor)?;
        if let Some(mut before_write) = self.before_write(&file) {
            file.file.with(|file| before_write(file, offset.saturating_add(buffer.len() as u64)))?;
        }
        Ok(file.file.with(|file| write_at(file, &buffer, offset))? as u64)
    }

    fn read_directory(&mut self, descriptor: Resource<Handle>) -> FileResult<Resource<Listing>> {
        let directory = self.directory(&descriptor)?;
        let listing = Listing(self.files.list(&directory)?.into_iter());
        Ok(self.table.push(listing)?)
    }

    fn create_directory_at(&mut self, descriptor: Resource<Handle>, path: String) -> FileResult<()> {
        let base = self.directory(&descriptor)?;
        Ok(self.files.create_directory(&base, &path)?)
    }

    fn stat(&mut self, descriptor: Resource<Handle>) -> FileResult<DescriptorStat> {
        Ok(Files::stat_handle(self.handle(&descriptor)?)?.into())
    }

    fn stat_at(&mut self, descriptor: Resource<Handle>, flags: PathFlags, path: String) -> FileResult<DescriptorStat> {
        let base = self.directory(&descriptor)?;
        let follow = flags.contains(PathFlags::SYMLINK_FOLLOW);
        let stat = self.files.stat(&base, &path, follow)?;
        *self.last_stat = Some(LastStat { descriptor: descriptor.rep(), path, follow, hash: hash(&stat) });
        Ok(stat.into())
    }

    fn set_times_at(
        &mut self,
        descriptor: Resource<Handle>,
        flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FileResult<()> {
        let base = self.directory(&descriptor)?;
        let follow = flags.contains(PathFlags::SYMLINK_FOLLOW);
        Ok(self.files.set_times(&base, &path, follow, time_of(accessed)?, time_of(modified)?)?)
    }

    fn link_at(
        &mut self,
        descriptor: Resource<Handle>,
        flags: PathFlags,
        path: String,
        new_descriptor: Resource<Handle>,
        new_path: String,
    ) -> FileResult<()> {
        if flags.contains(PathFlags::SYMLINK_FOLLOW) {
            return Err(ErrorCode::Invalid.into());
        }
        let (base, new_base) = (self.directory(&descriptor)?, self.directory(&new_descriptor)?);
        Ok(self.files.hard_link(&base, &path, &new_base, &new_path)?)
    }

    fn open_at(
        &mut self,
        descriptor: Resource<Handle>,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> FileResult<Resource<Handle>> {
        let base = self.directory(&descriptor)?;
        let request = OpenRequest {
            read: flags.contains(DescriptorFlags::READ),
            write: flags.contains(DescriptorFlags::WRITE),
            create: open_flags.contains(OpenFlags::CREATE),
            exclusive: open_flags.contains(OpenFlags::EXCLUSIVE),
            truncate: open_flags.contains(OpenFlags::TRUNCATE),
            directory: open_flags.contains(OpenFlags::DIRECTORY),
            follow: path_flags.contains(PathFlags::SYMLINK_FOLLOW),
        };
        let handle = self.files.open(&base, &path, request)?;
        Ok(self.table.push(handle)?)
    }

    fn readlink_at(&mut self, descriptor: Resource<Handle>, path: String) -> FileResult<String> {
        let base = self.directory(&descriptor)?;
        let target = self.files.read_link(&base, &path)?;
        target.into_os_string().into_string().map_err(|_| ErrorCode::IllegalByteSequence.into())
    }

    fn remove_directory_at(&mut self, descriptor: Resource<Handle>, path: String) -> FileResult<()> {
        let base = self.directory(&descriptor)?;
        Ok(self.files.remove_directory(&base, &path)?)
    }

    fn rename_at(
        &mut self,
        descriptor: Resource<Handle>,
        path: String,
        new_descriptor: Resource<Handle>,
        new_path: String,
    ) -> FileResult<()> {
        let (base, new_base) = (self.directory(&descriptor)?, self.directory(&new_descriptor)?);
        Ok(self.files.rename(&base, &path, &new_base, &new_path)?)
    }

    fn symlink_at(&mut self, descriptor: Resource<Handle>, target: String, path: String) -> FileResult<()> {
        let base = self.directory(&descriptor)?;
        Ok(self.files.symlink(&target, &base, &path)?)
    }

    fn unlink_file_at(&mut self, descriptor: Resource<Handle>, path: String) -> FileResult<()> {
        let base = self.directory(&descriptor)?;
        Ok(self.files.remove_file(&base, &path)?)
    }

    fn is_same_object(&mut self, one: Resource<Handle>, other: Resource<Handle>) -> wasmtime::Result<bool> {
        let identity = |handle: &Handle| Files::stat_handle(handle).ok().map(|stat| stat.identity);
        let (one, other) = (self.table.get(&one)?, self.table.get(&other)?);
        if let (Handle::Directory(one), Handle::Directory(other)) = (one, other)
            && (one.open.is_none() || other.open.is_none())
        {
            return Ok(one.open.is_none() && other.open.is_none() && one.path == other.path);
        }
        Ok(identity(one).is_some() && identity(one) == identity(other))
    }

    fn metadata_hash(&mut self, descriptor: Resource<Handle>) -> FileResult<MetadataHashValue> {
        Ok(hash(&Files::stat_handle(self.handle(&descriptor)?)?))
    }

    fn metadata_hash_at(
        &mut self,
        descriptor: Resource<Handle>,
        flags: PathFlags,
        path: String,
    ) -> FileResult<MetadataHashValue> {
        let follow = flags.contains(PathFlags::SYMLINK_FOLLOW);
        if let Some(last) = self.last_stat.take()
            && (last.descriptor, last.follow, &last.path) == (descriptor.rep(), follow, &path)
        {
            return Ok(last.hash);
        }
        let base = self.directory(&descriptor)?;
        Ok(hash(&self.files.stat(&base, &path, follow)?))
    }

    fn drop(&mut self, descriptor: Resource<Handle>) -> wasmtime::Result<()> {
        self.table.delete(descriptor)?;
        Ok(())
    }
}

impl From<Kind> for DescriptorType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::File => DescriptorType::RegularFile,
            Kind::Directory => DescriptorType::Directory,
            Kind::Symlink => DescriptorType::SymbolicLink,
            Kind::Special => DescriptorType::Unknown,
        }
    }
}

impl From<Metadata> for DescriptorStat {
    fn from(stat: Metadata) -> Self {
        DescriptorStat {
            type_: stat.kind.into(),
            link_count: stat.links,
            size: stat.size,
            data_access_timestamp: stat.accessed.and_then(datetime),
            data_modification_timestamp: stat.modified.and_then(datetime),
            status_change_timestamp: None,
        }
    }
}

/// A value by which a guest sees whether a thing was replaced or changed.
fn hash(stat: &Metadata) -> MetadataHashValue {
    let since_epoch = stat.modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    let stamp = since_epoch.map_or(0, |duration| duration.as_nanos() as u64);
    MetadataHashValue {
        lower: stat.identity.1 ^ stamp.rotate_left(17),
        upper: stat.identity.0 ^ stat.size.rotate_left(32),
    }
}

fn datetime(time: SystemTime) -> Option<Datetime> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Datetime { seconds: since.as_secs(), nanoseconds: since.subsec_nanos() })
}

fn time_of(new: NewTimestamp) -> FileResult<Option<SystemTime>> {
    match new {
        NewTimestamp::NoChange => Ok(None),
        NewTimestamp::Now => Ok(Some(SystemTime::now())),
        NewTimestamp::Timestamp(time) if time.nanoseconds >= 1_000_000_000 => Err(ErrorCode::Invalid.into()),
        NewTimestamp::Timestamp(time) => SystemTime::UNIX_EPOCH
            .checked_add(std::time::Duration::new(time.seconds, time.nanoseconds))
            .map(Some)
            .ok_or(ErrorCode::Overflow.into()),
    }
}
