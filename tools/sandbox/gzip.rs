//! A minimal gzip encoder: one stored block, without compression.

/// Wraps up to 65535 bytes as a gzip file (RFC 1952) with one stored block (RFC 1951).
pub fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let bytes = bytes.get(..usize::from(length)).unwrap_or_default();
    // Deflate, no flags, no time, unknown system. Then the final block, stored.
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    file.extend(length.to_le_bytes());
    file.extend((!length).to_le_bytes());
    file.extend(bytes);
    file.extend(crc32(bytes).to_le_bytes());
    file.extend(u32::from(length).to_le_bytes());
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_of_the_usual_check_string() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn frame_around_the_bytes() {
        let file = stored(b"ab");
        assert_eq!(file.len(), 10 + 5 + 2 + 8);
        assert_eq!(file.get(11..17), Some(&[2, 0, 0xfd, 0xff, b'a', b'b'][..]));
    }
}
