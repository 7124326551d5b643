//! Where the operating system keeps the CA certificates that it trusts: in files, or in a store that
//! is no file.

#[cfg(not(target_os = "macos"))]
pub use files::{FILES, FOLDERS, certificates, has_store};
#[cfg(target_os = "macos")]
pub use store::{FILES, FOLDERS, certificates, has_store};

#[cfg(target_os = "macos")]
mod store {
    use rustls::pki_types::CertificateDer;

    pub fn has_store() -> bool {
        true
    }
    pub const FILES: &[&str] = &[];
    pub const FOLDERS: &[&str] = &[];

    /// The certificates of the keychains.
    pub fn certificates() -> Vec<CertificateDer<'static>> {
        rustls_native_certs::load_native_certs().certs
    }
}

#[cfg(not(target_os = "macos"))]
mod files {
    use rustls::pki_types::CertificateDer;

    /// Whether `certificates` has them, and not `FILES` and `FOLDERS`.
    pub fn has_store() -> bool {
        false
    }

    pub fn certificates() -> Vec<CertificateDer<'static>> {
        Vec::new()
    }

    /// Bundles, of which the first one that exists is used.
    pub const FILES: &[&str] = &[
        // Debian, Ubuntu, Gentoo, Arch
        "/etc/ssl/certs/ca-certificates.crt",
        // Fedora, RHEL 7 and later
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        // RHEL 6
        "/etc/pki/tls/certs/ca-bundle.crt",
        // openSUSE
        "/etc/ssl/ca-bundle.pem",
        // OpenELEC
        "/etc/pki/tls/cacert.pem",
        // Alpine, OpenBSD
        "/etc/ssl/cert.pem",
        // Entware
        "/opt/etc/ssl/certs/ca-certificates.crt",
        // OpenHarmony
        "/etc/ssl/certs/cacert.pem",
        // FreeBSD
        "/usr/local/etc/ssl/cert.pem",
        // DragonFly
        "/usr/local/share/certs/ca-root-nss.crt",
        // NetBSD
        "/etc/openssl/certs/ca-certificates.crt",
        // illumos, Solaris
        "/etc/ssl/cacert.pem",
        "/etc/certs/ca-certificates.crt",
        // Termux on Android
        "/data/data/com.termux/files/usr/etc/tls/cert.pem",
    ];

    /// Folders of certificates, all of which are used.
    pub const FOLDERS: &[&str] = &[
        // Most systems
        "/etc/ssl/certs",
        // Fedora, RHEL
        "/etc/pki/tls/certs",
        // OpenHarmony
        "/etc/security/certificates",
        // FreeBSD
        "/usr/local/share/certs",
        // NetBSD
        "/etc/openssl/certs",
        // illumos, Solaris
        "/etc/certs/CA",
    ];
}
