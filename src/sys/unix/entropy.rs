//! A look at the random source, which does not wait.

use std::io;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn probe() -> io::Result<()> {
    let mut byte = 0_u8;
    loop {
        // SAFETY: the buffer is one byte long. The raw system call is what the cryptography makes.
        let length = unsafe { libc::syscall(libc::SYS_getrandom, &raw mut byte, 1_usize, libc::GRND_NONBLOCK) };
        match io::Error::last_os_error() {
            _ if length == 1 => return Ok(()),
            error if error.kind() == io::ErrorKind::Interrupted => {}
            // Before Linux 3.17 the cryptography reads /dev/urandom.
            error if error.raw_os_error() == Some(libc::ENOSYS) => return probe_device(),
            error => return Err(error),
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn probe_device() -> io::Result<()> {
    use std::fs::File;
    use std::os::fd::AsRawFd;

    use super::standard_descriptors::StandardDescriptors;

    const RNDGETENTCNT: libc::c_ulong = 0x8004_5200;
    const NEEDED_BITS: libc::c_int = 256;

    let _guard = StandardDescriptors::occupy()?;
    let device = File::open("/dev/urandom")?;
    let mut bits: libc::c_int = 0;
    // SAFETY: this request writes the integer that it is given.
    match unsafe { libc::ioctl(device.as_raw_fd(), RNDGETENTCNT as _, &raw mut bits) } {
        0 if bits >= NEEDED_BITS => Ok(()),
        0 => Err(io::Error::from_raw_os_error(libc::EAGAIN)),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn probe() -> io::Result<()> {
    Ok(())
}
