import Foundation

/// A bar on standard error for long work; nil when standard error is no terminal.
func progressBar(_ unit: String) -> (@Sendable (_ done: Int, _ total: Int) -> Void)? {
  guard isatty(2) == 1 else { return nil }
  return { done, total in
    let width = 30
    let filled = total > 0 ? width * done / total : width
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    let line = "\r\(bar) \(done)/\(total) \(unit)" + (done == total ? "\u{1B}[2K\r" : "")
    FileHandle.standardError.write(Data(line.utf8))
  }
}
