//! The CA certificates that the system trusts.
//!
//! They are in the files and folders that SSL_CERT_FILE and SSL_CERT_DIR name, or else where the
//! operating system keeps them. A file or a folder that a variable names must be usable. In a
//! folder, everything is skipped except regular files with certificates.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::Error;
use crate::sys::environment::variable;
use crate::sys::errors::is_exhaustion;
use crate::sys::file_system::{Identity, identity_at};
use crate::sys::files::{Unreadable, read_regular};
use crate::sys::{StandardDescriptors, trust};
use crate::text::quoted;

const FILE_VARIABLE: &str = "SSL_CERT_FILE";
const FOLDERS_VARIABLE: &str = "SSL_CERT_DIR";
const MAX_MEBIBYTES: u64 = 16;
/// Ten times as many as a large system has. A folder with more is not a trust store.
const MAX_ENTRIES: usize = 10_000;

/// Every certificate of the system. Empty if it has none and no variable is set.
pub fn system_certificates() -> Result<Vec<CertificateDer<'static>>, Error> {
    let (file, folders) = (variable(FILE_VARIABLE).map(PathBuf::from), variable(FOLDERS_VARIABLE));
    if file.is_none() && folders.is_none() {
        return usual_certificates();
    }
    let mut store = Store::default();
    if let Some(file) = file {
        let added = store.add_file(&file);
        check(FILE_VARIABLE, &file, added.map(|added| store.all_of([added])))?;
    }
    for folder in folders.iter().flat_map(env::split_paths).filter(|folder| !folder.as_os_str().is_empty()) {
        let added = store.add_folder(&folder);
        check(FOLDERS_VARIABLE, &folder, added.map(|added| store.all_of(added)))?;
    }
    Ok(store.into_certificates())
}

/// The certificates where the operating system keeps them.
fn usual_certificates() -> Result<Vec<CertificateDer<'static>>, Error> {
    if trust::has_store() {
        return certificates_of_store();
    }
    let mut store = Store::default();
    let file = trust::FILES.iter().map(Path::new).find(|file| file.exists());
    let added = file.map(|file| store.add_file(file).map(drop));
    let folders = trust::FOLDERS.iter().map(|folder| store.add_folder(Path::new(folder)).map(drop));
    for added in added.into_iter().chain(folders) {
        // The part that was read before descriptors ran out must not be used for ever.
        if let Err(Unreadable::Failed(reason)) = added
            && is_exhaustion(&reason)
        {
            return Err(exhausted(&reason));
        }
    }
    Ok(store.into_certificates())
}

fn certificates_of_store() -> Result<Vec<CertificateDer<'static>>, Error> {
    // It would read the variables, which are set only if this process must not trust them.
    if env::var_os(FILE_VARIABLE).is_some() || env::var_os(FOLDERS_VARIABLE).is_some() {
        return Err(Error::TlsFailed(format!(
            "{FILE_VARIABLE} or {FOLDERS_VARIABLE} is empty, or set for a set-user-id program: unset it"
        )));
    }
    let _guard = StandardDescriptors::occupy().map_err(|reason| exhausted(&reason))?;
    Ok(trust::certificates())
}

/// Whether what a variable names is usable: it was read, and has certificates.
fn check(variable: &str, path: &Path, found: Result<Vec<&CertificateDer<'static>>, Unreadable>) -> Result<(), Error> {
    match found {
        Ok(certificates) if certificates.is_empty() => {
            Err(refused(variable, path, &"contains no certificate in PEM format"))
        }
        Ok(certificates) if certificates.iter().any(|certificate| is_decodable(certificate)) => Ok(()),
        Ok(_) => Err(refused(variable, path, &"contains no certificate that can be decoded")),
        Err(Unreadable::Failed(reason)) if is_exhaustion(&reason) => Err(exhausted(&reason)),
        Err(reason) => Err(refused(variable, path, &reason)),
    }
}

fn is_decodable(certificate: &CertificateDer<'static>) -> bool {
    RootCertStore::empty().add(certificate.clone()).is_ok()
}

fn refused(variable: &str, path: &Path, flaw: &dyn fmt::Display) -> Error {
    let needed = if variable == FILE_VARIABLE { "a PEM file of CA certificates" } else { "folders of CA certificates" };
    let path = quoted(path);
    Error::TlsFailed(format!("{variable}: {path} {flaw}; set the variable to {needed}, or unset it"))
}

fn exhausted(reason: &io::Error) -> Error {
    Error::exhausted("the trust store cannot be read", reason)
}

#[derive(Default)]
struct Store {
    certificates: Vec<CertificateDer<'static>>,
    /// The files of folders that were read, and where their certificates are. Folders have links to
    /// files, and two folders may have the same ones.
    seen: HashMap<Identity, Range<usize>>,
}

impl Store {
    /// Adds the certificates of a file, and returns where they are.
    fn add_file(&mut self, path: &Path) -> Result<Range<usize>, Unreadable> {
        let (bytes, before) = (read_regular(path, MAX_MEBIBYTES)?, self.certificates.len());
        self.certificates.extend(CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok));
        Ok(before..self.certificates.len())
    }

    /// Adds the certificates of a folder's files, and returns where they are. Those of files that were
    /// read before are among them.
    fn add_folder(&mut self, folder: &Path) -> Result<Vec<Range<usize>>, Unreadable> {
        let _guard = StandardDescriptors::occupy()?;
        let mut found = vec![];
        for (number, entry) in fs::read_dir(folder)?.enumerate() {
            if number == MAX_ENTRIES {
                return Err(io::Error::other(format!("it has more than {MAX_ENTRIES} entries")).into());
            }
            let path = entry?.path();
            // What it is shows before it is opened: opening a FIFO would wait.
            let Some(is) = fs::metadata(&path).ok().filter(fs::Metadata::is_file) else { continue };
            let Some(file) = identity_at(&path, &is) else { continue };
            let added = match self.seen.get(&file) {
                Some(seen) => seen.clone(),
                None => match self.add_file(&path) {
                    Err(Unreadable::Failed(reason)) if is_exhaustion(&reason) => return Err(reason.into()),
                    added => added.unwrap_or_default(),
                },
            };
            self.seen.insert(file, added.clone());
            found.push(added);
        }
        Ok(found)
    }

    fn all_of(&self, places: impl IntoIterator<Item = Range<usize>>) -> Vec<&CertificateDer<'static>> {
        places.into_iter().filter_map(|place| self.certificates.get(place)).flatten().collect()
    }

    fn into_certificates(mut self) -> Vec<CertificateDer<'static>> {
        self.certificates.sort_unstable_by(|a, b| a.as_ref().cmp(b.as_ref()));
        self.certificates.dedup();
        self.certificates
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    #[test]
    fn what_a_variable_names_needs_a_certificate_that_can_be_decoded() {
        let broken = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
        for (certificates, flaw) in [(&[][..], "in PEM format"), (&[broken], "that can be decoded")] {
            let found = Ok(certificates.iter().collect());
            let message = check("SSL_CERT_FILE", Path::new("/x.pem"), found).unwrap_err().message();
            assert!(
                message.starts_with(&format!("SSL_CERT_FILE: \"/x.pem\" contains no certificate {flaw}")),
                "{message}"
            );
        }
    }

    #[test]
    fn a_folder_is_read_file_by_file_and_everything_else_is_skipped() {
        let folder = env::temp_dir().join(format!("anchor-trust-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("a.pem"), CERTIFICATE).unwrap();
        fs::write(folder.join("twice.pem"), format!("{CERTIFICATE}-----BEGIN CERTIFICATE-----\n!\n")).unwrap();
        symlink("a.pem", folder.join("link.0")).unwrap();
        symlink("/dev/zero", folder.join("device.0")).unwrap();
        symlink("missing", folder.join("missing.0")).unwrap();
        fs::create_dir(folder.join("folder.0")).unwrap();
        File::create(folder.join("long.pem")).unwrap().set_len(MAX_MEBIBYTES * 1024 * 1024 + 1).unwrap();
        assert!(Command::new("mkfifo").arg(folder.join("fifo.0")).status().unwrap().success());
        let links = folder.with_extension("links");
        fs::create_dir(&links).unwrap();
        symlink(folder.join("a.pem"), links.join("a.pem")).unwrap();
        fs::write(links.join("empty.pem"), "").unwrap();
        let mut store = Store::default();
        let mut found = |folder: &Path| store.add_folder(folder).ok().map(|found| store.all_of(found).len());
        let numbers = [&folder, &folder, &links].map(|folder| found(folder));
        fs::remove_file(links.join("a.pem")).unwrap();
        let without_certificates = [&links, &links].map(|folder| found(folder));
        fs::remove_dir_all(&folder).unwrap();
        fs::remove_dir_all(&links).unwrap();
        // The file of one certificate has a link. Folders that were read before have the same ones.
        assert_eq!((numbers, without_certificates), ([Some(3), Some(3), Some(1)], [Some(0), Some(0)]));
        assert_eq!((store.certificates.len(), store.into_certificates().len()), (2, 1));
    }
}
