//! Another static Rust library, with its own copy of the standard library. It allocates, panics and
//! catches the panic.

#[unsafe(no_mangle)]
pub extern "C" fn neighbour_panics() -> i32 {
    std::panic::set_hook(Box::new(|_| {}));
    let caught = std::panic::catch_unwind(|| panic!("{}", "neighbour".repeat(3)));
    i32::from(caught.is_err_and(|panic| panic.downcast_ref::<String>().is_some_and(|text| text.len() == 27)))
}
