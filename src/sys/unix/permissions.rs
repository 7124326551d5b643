//! Who owns a file, who may change its folder, and what the system does with it.

use std::ffi::CString;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

#[cfg(any(target_os = "linux", target_os = "android"))]
use super::standard_descriptors::StandardDescriptors;

/// Whether this file is this user's. Some file systems give all files to one user.
pub fn is_mine(file: &Metadata) -> bool {
    file.uid() == user()
}

/// The user id that decides what this process may do with files.
fn user() -> u32 {
    // SAFETY: it takes no argument and cannot fail.
    unsafe { libc::geteuid() }
}

/// Whether this process may write to the file or the folder. If that is unknown, as under an old
/// seccomp filter, it may: the attempt shows it.
pub fn may_write(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: the path is a string.
    let result = unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::W_OK, libc::AT_EACCESS) };
    let refusals = [Some(libc::EACCES), Some(libc::EROFS)];
    result == 0 || !refusals.contains(&io::Error::last_os_error().raw_os_error())
}

/// Whether users other than the owner may create, rename and remove entries of this folder.
fn is_shared(folder: &Metadata) -> bool {
    folder.mode() & 0o022 != 0
}

/// Whether this user may put another file in the place of an entry of a folder that may be written.
pub fn may_replace(entry: &Metadata, folder: &Metadata) -> bool {
    // In a sticky folder, only the owner of an entry, and that of the folder, may rename or remove it.
    let is_sticky = folder.mode() & 0o1000 != 0;
    !is_sticky || [entry.uid(), folder.uid(), 0].contains(&user())
}

/// Whether an entry of a folder was put there by somebody who may decide for this process: the
/// kernel's rule for links, FIFOs and files in shared folders (`fs.protected_symlinks`,
/// `fs.protected_fifos`, `fs.protected_regular`), whatever its settings, and for folders without the
/// sticky bit too.
pub fn is_trusted(entry: &Metadata, folder: &Metadata) -> bool {
    entry.uid() == user() || entry.uid() == folder.uid() || !is_shared(folder)
}

/// The permissions of a file that replaces another one.
pub struct OfReplacement {
    mode: u32,
    /// The group of the file that is replaced, and whether the new one is given to it.
    group: Option<(u32, bool)>,
}

impl OfReplacement {
    /// Those of the `existing` file that is replaced or, if there is none, what the umask leaves to a
    /// new file. A file of another user can only narrow them.
    pub fn new(existing: io::Result<Metadata>) -> Self {
        let of_new = || umask().map_or(0o600, |mask| 0o666 & !mask);
        match existing {
            Ok(found) if found.uid() == user() => Self { mode: found.mode() & 0o777, group: Some((found.gid(), true)) },
            Ok(found) => Self { mode: found.mode() & of_new(), group: Some((found.gid(), false)) },
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => Self { mode: of_new(), group: None },
            Err(_) => Self { mode: 0o600, group: None },
        }
    }

    /// Another group gets no more than everybody: the rights were given to the group of the old file.
    pub fn give(&self, file: &File) {
        let has_group = self
            .group
            .is_none_or(|(gid, is_given)| has_gid(file, gid) || is_given && fchown(file, None, Some(gid)).is_ok());
        set(file, if has_group { self.mode } else { without_group(self.mode) });
    }
}

fn has_gid(file: &File, gid: u32) -> bool {
    file.metadata().is_ok_and(|found| found.gid() == gid)
}

/// Without the rights that a group has and others have not.
fn without_group(mode: u32) -> u32 {
    mode & (0o707 | (mode & 0o007) << 3)
}

/// Lets only this user read or write the file.
pub fn keep_private(file: &File) {
    set(file, 0o600);
}

/// Changes the permissions of a file if the file system has them. Otherwise they stay as they are.
fn set(file: &File, mode: u32) {
    let _ = file.set_permissions(Permissions::from_mode(mode));
}

/// The umask of this thread. Reading it by `umask` would change it for the whole process.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn umask() -> Option<u32> {
    let _guard = StandardDescriptors::occupy().ok()?;
    let status = std::fs::read_to_string("/proc/thread-self/status").ok()?;
    let text = status.lines().find_map(|line| line.strip_prefix("Umask:"))?;
    u32::from_str_radix(text.trim(), 8).ok()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn umask() -> Option<u32> {
    None
}

/// What keeps the system from putting another file in the place of this one.
#[derive(Clone, Copy, PartialEq)]
pub enum Pinned {
    /// It is a mount point, as in a container. It can still be written. Only Linux tells.
    #[cfg_attr(not(any(target_os = "linux", target_os = "android")), expect(dead_code))]
    Mounted,
    /// It is immutable or append-only.
    Sealed,
}

/// What pins a file or the entries of a folder. Nothing, if that is unknown: the attempt shows it.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn pinned(path: &Path) -> Option<Pinned> {
    let path = CString::new(path.as_os_str().as_bytes()).ok()?;
    let mut found = std::mem::MaybeUninit::<libc::statx>::zeroed();
    // The C library of some systems has no statx.
    // SAFETY: the path is a string, and the kernel writes the one struct, for which zero is valid.
    let (result, found) = unsafe {
        let flags = libc::AT_SYMLINK_NOFOLLOW;
        let result = libc::syscall(libc::SYS_statx, libc::AT_FDCWD, path.as_ptr(), flags, 0_u32, found.as_mut_ptr());
        (result, found.assume_init())
    };
    let has = |attribute: i32| result == 0 && found.stx_attributes & attribute as u64 != 0;
    if has(libc::STATX_ATTR_IMMUTABLE) || has(libc::STATX_ATTR_APPEND) {
        Some(Pinned::Sealed)
    } else {
        has(libc::STATX_ATTR_MOUNT_ROOT).then_some(Pinned::Mounted)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn pinned(_path: &Path) -> Option<Pinned> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_group_gets_no_more_than_everybody() {
        for (mode, expected) in [(0o640, 0o600), (0o664, 0o644), (0o644, 0o644), (0o606, 0o606), (0o666, 0o666)] {
            assert_eq!(without_group(mode), expected, "{mode:o}");
        }
    }
}
