internal import Glibc

extension Double {
  /// The number for a reader's eye: at most `digits` significant digits, without trailing zeros.
  ///
  /// JSON and CSV print all digits instead (`description`).
  public func readable(digits: Int = 6) -> String {
    guard isFinite else { return isNaN ? "undefined" : self > 0 ? "∞" : "−∞" }
    var buffer = [CChar](repeating: 0, count: 64)
    let length = withVaList([Int32(digits), self]) { vsnprintf(&buffer, buffer.count, "%.*g", $0) }
    let text = String(decoding: buffer.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return text == "-0" ? "0" : text
  }
}
