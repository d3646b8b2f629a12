import LinearAlgebra
import Testing

/// Fractions by machine integers, the brute force that the big ones are held against.
private func fraction(_ n: Int, _ d: Int) throws -> Rational { try Rational(Integer(n), over: Integer(d)) }

@Suite("Integers and rationals") struct RationalTests {
  @Test("integer arithmetic agrees with machine integers where those suffice") func integers() throws {
    var random = TestRandom(seed: 81)
    for _ in 0..<500 {
      let (x, y) = (random.below(2_000_001) - 1_000_000, random.below(2_000_001) - 1_000_000)
      let (a, b) = (Integer(x), Integer(y))
      #expect(a + b == Integer(x + y) && a - b == Integer(x - y) && a * b == Integer(x * y) && -a == Integer(-x))
      #expect((a < b) == (x < y) && (a == b) == (x == y))
      #expect(a.sign == x.signum() && a.magnitude == Integer(abs(x)))
      #expect(Int(exactly: a) == x && a.description == String(x) && Integer(String(x)) == a)
      guard y != 0 else { continue }
      let (q, r) = try a.floorDivided(by: b)
      #expect(q * b + r == a && (r.isZero || r.sign == b.sign) && r.magnitude < b.magnitude)
    }
  }

  @Test("numbers beyond a word") func large() throws {
    let power = Integer(10).power(40)
    #expect(power.description == "1" + String(repeating: "0", count: 40))
    #expect(Integer("1" + String(repeating: "0", count: 40)) == power)
    #expect(Int(exactly: power) == nil)
    #expect(power - power == 0 && (power - power).isZero)
    #expect(power.greatestCommonDivisor(with: Integer(2).power(50)) == Integer(2).power(40))
    #expect(Integer(6).leastCommonMultiple(with: 4) == 12)
    #expect(Integer(1).shifted(left: 100).bitWidth == 101)
    #expect(Integer(1).shifted(left: 100).shifted(left: -98) == 4)
    #expect(Integer(-5).shifted(left: -1) == -3)
    #expect(Set([power, power + 0, Integer(7)]).count == 2)
    #expect(Integer(exactly: UInt64.max)?.description == "18446744073709551615")
    #expect(Integer(Int.max).description == String(Int.max) && Integer(Int.min).description == String(Int.min))
    // Copies of a large number outlive it.
    var sums: [Integer] = []
    for k in 0..<200 { sums.append((sums.last ?? power) + Integer(k)) }
    #expect(sums[199] - power == 19900)
    for text in ["", "-", "+", "1 2", "0x1", "1.0", "--1", "१"] { #expect(Integer(text) == nil) }
    #expect(throws: LinearAlgebraError.divisionByZero) { try power.floorDivided(by: 0) }
  }

  @Test("field laws over random fractions") func field() throws {
    var random = TestRandom(seed: 82)
    func draw() throws -> Rational {
      let small = try fraction(random.below(201) - 100, random.below(100) + 1)
      return random.below(3) == 0 ? small * Rational(Integer(3).power(60)) / Rational(Integer(7).power(40)) : small
    }
    for _ in 0..<300 {
      let (x, y, z) = try (draw(), draw(), draw())
      #expect(x + y == y + x && x * y == y * x)
      #expect((x + y) + z == x + (y + z) && (x * y) * z == x * (y * z))
      #expect(x * (y + z) == x * y + x * z)
      #expect(x - x == 0 && x + (-x) == 0 && x - y == -(y - x))
      if !y.isZero {
        #expect((x / y) * y == x)
        #expect(try y.reciprocal() * y == 1)
      }
      #expect((x < y) == ((x - y).sign < 0))
      #expect(x.denominator.sign == 1)
      #expect(x.numerator.greatestCommonDivisor(with: x.denominator) == 1)
      #expect(Rational(x.floor) <= x && x < Rational(x.floor + 1) && Rational(x.ceiling) >= x)
      #expect(try Rational(parsing: x.description) == x)
    }
    #expect(try fraction(2, -4) == fraction(-1, 2))
    #expect(try fraction(2, 3).power(-3) == fraction(27, 8))
    #expect(throws: LinearAlgebraError.divisionByZero) { try Rational(1, over: 0) }
    #expect(throws: LinearAlgebraError.divisionByZero) { try Rational(0).reciprocal() }
    #expect(throws: LinearAlgebraError.divisionByZero) { try Rational(0).power(-1) }
  }

  @Test(
    "text",
    arguments: [
      ("0.1", 1, 10), ("2/5", 2, 5), ("-3", -3, 1), ("1e-3", 1, 1000), ("1.5E2", 150, 1), ("+.5", 1, 2), ("4.", 4, 1),
      ("-0.250", -1, 4), ("-6/4", -3, 2), ("0", 0, 1), ("1e+2", 100, 1), ("00.10", 1, 10),
    ])
  func text(text: String, numerator: Int, denominator: Int) throws {
    #expect(try Rational(parsing: text) == fraction(numerator, denominator))
  }

  @Test(
    "text that is no number is refused",
    arguments: [
      "", ".", "-", "1/", "/2", "1/0", "1/2/3", "e5", "1e", "1e1.5", "1.2.3", "1.-5", "1.+5", "0x10", "nan", "inf",
      " 1",
      "1e99999999999999999999", "1e10001", "1,5", "½",
    ])
  func badText(text: String) {
    do {
      let value = try Rational(parsing: text)
      Issue.record("\(text) was read as \(value)")
    } catch {
      guard case .malformedNumber(text, _) = error else {
        Issue.record("\(text): \(error)")
        return
      }
    }
  }

  @Test("a double is a dyadic number, and goes back to itself") func doubles() throws {
    #expect(try Rational(exactly: 0.1) == Rational(parsing: "3602879701896397/36028797018963968"))
    #expect(try Rational(exactly: -0.75) == fraction(-3, 4))
    #expect(Rational(exactly: .nan) == nil && Rational(exactly: .infinity) == nil)
    var random = TestRandom(seed: 83)
    var cases: [Double] = [
      0, 1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, 1e300,
      -1e-305 * 0x1p-20,
    ]
    for _ in 0..<2000 {
      let value = Double(bitPattern: random.bits())
      if value.isFinite { cases.append(value) }
    }
    for value in cases {
      let exact = try #require(Rational(exactly: value))
      #expect(Double(exact) == value)
      #expect(exact.enclosure == value...value)
    }
  }

  @Test("rounding to the nearest double, ties to even, by definition") func rounding() throws {
    var random = TestRandom(seed: 84)
    for _ in 0..<2000 {
      // Between two neighbours, of any size down to the subnormal ones.
      let low = abs(Double(bitPattern: random.bits() & 0x7FDF_FFFF_FFFF_FFFF))
      let (a, b) = (try #require(Rational(exactly: low)), try #require(Rational(exactly: low.nextUp)))
      let third = try a + (b - a) * fraction(1, 3)
      let twoThirds = try a + (b - a) * fraction(2, 3)
      let half = try a + (b - a) * fraction(1, 2)
      #expect(Double(third) == low && Double(twoThirds) == low.nextUp)
      #expect(Double(half) == (low.bitPattern % 2 == 0 ? low : low.nextUp))
      let aboveHalf = try half + (b - a) * #require(Rational(exactly: 0x1p-200))
      #expect(Double(aboveHalf) == low.nextUp && Double(-aboveHalf) == -low.nextUp)
      #expect(third.enclosure == low...low.nextUp && (-third).enclosure == -low.nextUp...(-low))
    }
    let huge = Rational(Integer(10).power(400))
    #expect(Double(huge) == .infinity && Double(-huge) == -.infinity)
    #expect(huge.enclosure == .greatestFiniteMagnitude ... .infinity)
    #expect(Double(1 / huge) == 0)
    #expect((1 / huge).enclosure == 0 ... .leastNonzeroMagnitude)
    // Half an ulp beyond the largest double rounds to infinity, a little less does not.
    let top = try #require(Rational(exactly: .greatestFiniteMagnitude))
    let halfUlp = Rational(Integer(2).power(970))
    #expect(Double(top + halfUlp) == .infinity)
    #expect(Double(top + halfUlp - 1) == .greatestFiniteMagnitude)
    #expect(Double(Integer(2).power(70)) == 0x1p70)
  }

  @Test("the best approximation is the best of all, by trying all") func approximation() throws {
    var random = TestRandom(seed: 85)
    for _ in 0..<60 {
      let x = try #require(Rational(exactly: 4 * random.uniform() - 2))
      let limit = random.below(40) + 1
      var best = Rational(x.floor)
      for d in 1...limit {
        let scaled = x * Rational(d)
        for n in [scaled.floor, scaled.ceiling] {
          let candidate = try Rational(n, over: Integer(d))
          if (candidate - x).magnitude < (best - x).magnitude { best = candidate }
        }
      }
      let found = x.approximation(denominatorLimit: Integer(limit))
      #expect(found.denominator <= Integer(limit))
      #expect((found - x).magnitude == (best - x).magnitude)
    }
    #expect(try #require(Rational(exactly: 1.0 / 3)).approximation(denominatorLimit: 1000) == fraction(1, 3))
    #expect(try fraction(2, 5).approximation(denominatorLimit: 5) == fraction(2, 5))
    #expect(try Rational.simplest(from: fraction(3, 10), to: fraction(2, 5)) == fraction(1, 3))
    #expect(throws: LinearAlgebraError.emptyInterval(low: "1", high: "0")) { try Rational.simplest(from: 1, to: 0) }
  }

  @Test("numbers may be shared by threads") func threads() throws {
    let shared = try Rational(Integer(3).power(200), over: Integer(2).power(150))
    let wanted = shared * shared
    forEachRange(of: 400, workers: 4) { range in
      for k in range { #expect(shared * shared + Rational(k) - Rational(k) == wanted) }
    }
  }
}
