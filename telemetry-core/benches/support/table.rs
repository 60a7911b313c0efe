//! Tables on standard output, for who reads one bench.

/// Prints a heading and the columns' names.
pub fn heading(title: &str, columns: &[&str]) {
    println!("\n{title}");
    row("", columns);
}

/// Prints a row: what, then its numbers.
pub fn row(what: &str, cells: &[impl AsRef<str>]) {
    print!("  {what:<58}");
    for cell in cells {
        print!(" {:>11}", cell.as_ref());
    }
    println!();
}

/// Digits in groups of three.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
