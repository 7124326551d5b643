//! What hosts may do to strings from several threads at once.

use loom::sync::Arc;
use loom::thread;

use super::addresses::Addresses;
use super::atomics::OnceBox;
use super::in_every_order;

fn addresses() -> Arc<Addresses> {
    Arc::new(Addresses { slots: OnceBox::new(), overflow: OnceBox::new() })
}

#[test]
fn of_two_frees_one_succeeds() {
    in_every_order(|| {
        let addresses = addresses();
        addresses.add(16);
        let other = thread::spawn({
            let addresses = Arc::clone(&addresses);
            move || addresses.remove(16)
        });
        let here = addresses.remove(16);
        assert!(here != other.join().unwrap());
        assert!(!addresses.remove(16));
    });
}

/// With one place in the first table, two of three strings stand in larger ones, which threads race to make.
#[test]
fn strings_of_several_threads_are_all_known_and_each_once() {
    in_every_order(|| {
        let addresses = addresses();
        addresses.add(16);
        let other = thread::spawn({
            let addresses = Arc::clone(&addresses);
            move || addresses.add(32)
        });
        addresses.add(48);
        other.join().unwrap();
        for address in [16, 32, 48] {
            assert!(addresses.remove(address));
            assert!(!addresses.remove(address));
        }
    });
}

/// A string that was freed may be given out again at the same address by another thread.
#[test]
fn an_address_may_be_lent_again() {
    in_every_order(|| {
        let addresses = addresses();
        addresses.add(16);
        let other = thread::spawn({
            let addresses = Arc::clone(&addresses);
            move || {
                addresses.add(32);
                assert!(addresses.remove(32));
            }
        });
        assert!(addresses.remove(16));
        addresses.add(16);
        assert!(addresses.remove(16) && !addresses.remove(16));
        other.join().unwrap();
    });
}

/// A host that calls free() itself leaves the address behind.
#[test]
fn an_address_that_was_left_behind_stands_there_once() {
    in_every_order(|| {
        let addresses = addresses();
        addresses.add(16);
        let other = thread::spawn({
            let addresses = Arc::clone(&addresses);
            move || addresses.add(16)
        });
        assert!(!addresses.remove(32));
        other.join().unwrap();
        assert!(addresses.remove(16) && !addresses.remove(16));
    });
}
