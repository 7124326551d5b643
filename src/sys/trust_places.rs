//! Where operating systems keep the CA certificates that they trust.

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
