//! What went wrong with files, in the codes of `wasi:filesystem`. `access` is the host's own refusal and nothing else.

use std::io;

use super::FileError;
use super::path::PathRefused;
use super::wasi::types::ErrorCode;

/// An error code for the guest, or a reason to end it.
#[derive(Debug)]
pub enum WasiFileError {
    Code(ErrorCode),
    Trap(wasmtime::Error),
}

impl From<ErrorCode> for WasiFileError {
    fn from(code: ErrorCode) -> Self {
        WasiFileError::Code(code)
    }
}

impl From<wasmtime::component::ResourceTableError> for WasiFileError {
    fn from(error: wasmtime::component::ResourceTableError) -> Self {
        WasiFileError::Trap(error.into())
    }
}

impl From<io::Error> for WasiFileError {
    fn from(error: io::Error) -> Self {
        WasiFileError::Code(code_of_io(&error))
    }
}

impl From<FileError> for WasiFileError {
    fn from(error: FileError) -> Self {
        WasiFileError::Code(code_of(&error))
    }
}

fn code_of(error: &FileError) -> ErrorCode {
    match error {
        FileError::NotGranted { .. } => ErrorCode::Access,
        FileError::Unplanned(_) => ErrorCode::NotPermitted,
        FileError::Special(_) => ErrorCode::NotPermitted,
        FileError::Path(PathRefused::Empty) => ErrorCode::NoEntry,
        FileError::Path(PathRefused::Absolute | PathRefused::Escapes) => ErrorCode::NotPermitted,
        FileError::Path(PathRefused::TooLong) => ErrorCode::NameTooLong,
        FileError::Path(PathRefused::HasNul) => ErrorCode::Invalid,
        FileError::TooManyLinks(_) => ErrorCode::Loop,
        FileError::Limit { .. } => ErrorCode::Quota,
        FileError::Io(error) => code_of_io(error),
    }
}

pub(super) fn code_of_io(error: &io::Error) -> ErrorCode {
    if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<FileError>()) {
        return code_of(inner);
    }
    match error.kind() {
        io::ErrorKind::NotFound => ErrorCode::NoEntry,
        io::ErrorKind::PermissionDenied => ErrorCode::NotPermitted,
        io::ErrorKind::AlreadyExists => ErrorCode::Exist,
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => ErrorCode::Invalid,
        io::ErrorKind::WouldBlock => ErrorCode::WouldBlock,
        io::ErrorKind::Interrupted => ErrorCode::Interrupted,
        io::ErrorKind::NotADirectory => ErrorCode::NotDirectory,
        io::ErrorKind::IsADirectory => ErrorCode::IsDirectory,
        io::ErrorKind::DirectoryNotEmpty => ErrorCode::NotEmpty,
        io::ErrorKind::ReadOnlyFilesystem => ErrorCode::ReadOnly,
        io::ErrorKind::StorageFull => ErrorCode::InsufficientSpace,
        io::ErrorKind::QuotaExceeded => ErrorCode::Quota,
        io::ErrorKind::FileTooLarge => ErrorCode::FileTooLarge,
        io::ErrorKind::ResourceBusy => ErrorCode::Busy,
        io::ErrorKind::ExecutableFileBusy => ErrorCode::TextFileBusy,
        io::ErrorKind::CrossesDevices => ErrorCode::CrossDevice,
        io::ErrorKind::TooManyLinks => ErrorCode::TooManyLinks,
        io::ErrorKind::InvalidFilename => ErrorCode::NameTooLong,
        io::ErrorKind::Unsupported => ErrorCode::Unsupported,
        io::ErrorKind::OutOfMemory => ErrorCode::InsufficientMemory,
        _ if is_loop(error) => ErrorCode::Loop,
        _ => ErrorCode::Io,
    }
}

#[cfg(unix)]
fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_loop(_: &io::Error) -> bool {
    false
}
