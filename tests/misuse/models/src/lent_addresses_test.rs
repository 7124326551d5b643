//! The set of string addresses, used by several threads at once.

use loom::sync::Arc;

use super::atomics::OnceBox;
use super::lent_addresses::Addresses;
use super::{check_interleavings, spawn_with};

fn addresses() -> Arc<Addresses> {
    Arc::new(Addresses { slots: OnceBox::new(), overflow: OnceBox::new() })
}

#[test]
fn only_one_of_two_concurrent_frees_succeeds() {
    check_interleavings(|| {
        let addresses = addresses();
        addresses.add(16);
        let other = spawn_with(&addresses, move |addresses| addresses.remove(16));
        let here = addresses.remove(16);
        assert!(here != other.join().unwrap());
        assert!(!addresses.remove(16));
    });
}

/// The first table has one slot, so two of the three strings are in overflow tables, which the
/// threads race to create.
#[test]
fn strings_of_several_threads_are_each_recorded_once() {
    check_interleavings(|| {
        let addresses = addresses();
        addresses.add(16);
        let other = spawn_with(&addresses, move |addresses| addresses.add(32));
        addresses.add(48);
        other.join().unwrap();
        for address in [16, 32, 48] {
            assert!(addresses.remove(address));
            assert!(!addresses.remove(address));
        }
    });
}

/// malloc may reuse the address of a freed string for the next one.
#[test]
fn a_freed_address_can_be_lent_again() {
    check_interleavings(|| {
        let addresses = addresses();
        addresses.add(16);
        let other = spawn_with(&addresses, move |addresses| {
            addresses.add(32);
            assert!(addresses.remove(32));
        });
        assert!(addresses.remove(16));
        addresses.add(16);
        assert!(addresses.remove(16) && !addresses.remove(16));
        other.join().unwrap();
    });
}

/// A host that passes a string to free() leaves its address in the set, and malloc may reuse it.
#[test]
fn a_stale_address_is_not_recorded_twice() {
    check_interleavings(|| {
        let addresses = addresses();
        addresses.add(16);
        let other = spawn_with(&addresses, move |addresses| addresses.add(16));
        assert!(!addresses.remove(32));
        other.join().unwrap();
        assert!(addresses.remove(16) && !addresses.remove(16));
    });
}
