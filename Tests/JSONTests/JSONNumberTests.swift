import JSON
import TestSupport
import Testing

@Suite("Numbers in JSON") struct JSONNumberTests {
  static func read(_ text: String) throws -> Double {
    var reader = JSONReader(text)
    let value = try reader.number()
    try reader.finish()
    return value
  }

  /// The standard library's reading is correctly rounded; ours must agree in every bit.
  @Test("the nearest double, for random digits and exponents") func random() throws {
    var draws = SeededGenerator(seed: 7)
    for _ in 0..<40_000 {
      let digits = draws.next() >> (draws.next() % 64)
      var text = String(digits)
      let point = Int(draws.next() % UInt64(text.count + 4))
      if point < text.count, point > 0 {
        text.insert(".", at: text.index(text.startIndex, offsetBy: point))
      } else if point >= text.count {
        text = "0." + String(repeating: "0", count: point - text.count) + text
      }
      if draws.next() % 3 == 0 { text += "e\(Int(draws.next() % 60) - 30)" }
      if draws.next() % 2 == 0 { text = "-" + text }
      #expect(try Self.read(text).bitPattern == Double(text)?.bitPattern, "\(text)")
    }
  }

  @Test("every double comes back from its own description") func roundTrip() throws {
    var draws = SeededGenerator(seed: 11)
    for _ in 0..<40_000 {
      let value = Double(bitPattern: draws.next())
      guard value.isFinite else { continue }
      #expect(try Self.read(value.description).bitPattern == value.bitPattern)
      let unit = Double(draws.next() >> 11) * 0x1p-53
      #expect(try Self.read(unit.description) == unit)
    }
  }

  /// Halfway cases and their neighbours: 2⁵³ + 1 lies between two doubles, and goes to the even one.
  @Test(
    "ties go to even, and a digit beyond a tie decides",
    arguments: [
      ("9007199254740993", 9_007_199_254_740_992.0), ("9007199254740993.0", 9_007_199_254_740_992.0),
      ("9007199254740993.1", 9_007_199_254_740_994.0),
      ("9007199254740993.00000000000000000001", 9_007_199_254_740_994.0),
      ("9007199254740995", 9_007_199_254_740_996.0), ("0.1", 0.1), ("5e-324", .leastNonzeroMagnitude), ("2e-324", 0.0),
      ("1e-400", 0.0), ("1.7976931348623157e308", Double.greatestFiniteMagnitude), ("0e99999999999999999999", 0.0),
      ("1152921504606847105e-1", 115_292_150_460_684_710.5),
    ])
  func ties(text: String, value: Double) throws {
    #expect(try Self.read(text) == value)
  }

  @Test("no fraction is taken for an integer") func integers() {
    for text in ["1.5", "1e-1", "9007199254740993.5", "1e300", "9223372036854775808"] {
      var reader = JSONReader(text)
      #expect(throws: JSONError.self, "\(text)") { try reader.integer() }
    }
  }
}
