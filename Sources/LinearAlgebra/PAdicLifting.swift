internal import CFlint

/// One run of Dixon's lifting: the digits so far, and what they leave of the right-hand side.
struct PAdicLifting {
  private let matrix: IntegerRows
  private let factors: ModularLU
  private let right: IntegerBuffer
  private let order: Int
  private var digits: PAdicDigits
  private var rest: Rest
  /// The entry whose fraction was last found to need more digits.
  private var suspect = 0

  init(_ matrix: IntegerRows, _ factors: ModularLU, _ right: [Integer]) {
    self.matrix = matrix
    self.factors = factors
    self.right = IntegerBuffer(right)
    order = right.count
    digits = PAdicDigits(prime: factors.prime, order: right.count)
    rest = .large(IntegerBuffer(right))
  }

  /// Adds digits until the rational numbers they stand for solve the system.
  mutating func solve(over denominator: Integer) -> ExactLinearSolver.Solution {
    // Cramer's rule and Hadamard's inequality bound numerators and denominator; twice that many bits tell them apart.
    let enough = 2 * hadamardBits + 256
    var next = 2
    while true {
      while digits.count < next { lift() }
      next = digits.count + max(2, digits.count / 4)
      let modulus = digits.modulus
      if let (numerators, common) = reconstruct(modulus), solves(numerators, common) {
        return ExactLinearSolver.Solution(
          numerators: (0..<order).map { Integer(copying: numerators.pointer[$0]) }, denominator: common * denominator,
          method: .sparseLifting, digitCount: digits.count)
      }
      precondition(modulus.bitWidth <= 2 * enough, "p-adic lifting passed Hadamard's bound")
    }
  }

  private var hadamardBits: Int {
    (0..<order).reduce(0) { total, i in
      let row = matrix.rowStarts[i]..<matrix.rowStarts[i + 1]
      let widest = row.map { fmpz_bits(matrix.values.pointer + $0) }.max() ?? 0
      let size = max(Int(widest), Int(fmpz_bits(right.pointer + i)))
      return total + size + Int.bitWidth - (row.count + 1).leadingZeroBitCount
    }
  }

  /// The next p-adic digit of every entry.
  private mutating func lift() {
    var digit = [UInt](repeating: 0, count: order)
    factors.solve(rest.residues(modulo: factors.prime), into: &digit)
    rest.subtract(matrix, digit, dividingBy: factors.prime)
    digits.append(digit)
  }

  /// Numerators over one denominator that agree with the digits, when there are small ones.
  private mutating func reconstruct(_ modulus: Integer) -> (IntegerBuffer, Integer)? {
    // A fraction that leaves this many bits of the modulus unused is no accident.
    let margin = 40
    let width = modulus.bitWidth
    let numerators = IntegerBuffer(count: order)
    let visits = (0..<order).map { $0 == 0 ? suspect : $0 <= suspect ? $0 - 1 : $0 }
    var fraction = Rational.zeroHandle
    defer { fmpq_clear(&fraction) }
    var common = Integer(1)
    // At which visit the common denominator grew, and by what.
    var grown: [(visit: Int, factor: Integer)] = []
    for (visit, j) in visits.enumerated() {
      let entry = numerators.pointer + j
      let value = digits.value(of: j)
      let read = modulus.read { modulus in
        value.read { value in common.read { common in fmpz_mul(entry, &value, &common) } }
        fmpz_smod(entry, entry, &modulus)
        if Int(fmpz_bits(entry)) + margin < width { return true }
        if fmpz_sgn(entry) < 0 { fmpz_add(entry, entry, &modulus) }
        guard fmpq_reconstruct_fmpz(&fraction, entry, &modulus) != 0,
          Int(fmpz_bits(&fraction.num) + fmpz_bits(&fraction.den)) + margin < width
        else { return false }
        fmpz_set(entry, &fraction.num)
        let factor = Integer(copying: fraction.den)
        common *= factor
        grown.append((visit, factor))
        return true
      }
      guard read else {
        suspect = j
        return nil
      }
    }
    // What was read off before the denominator grew is brought over the last one.
    var factor = Integer(1)
    var last = order
    for (visit, growth) in grown.reversed() + [(0, 1)] {
      factor.read { factor in
        for j in visits[visit..<last] { fmpz_mul(numerators.pointer + j, numerators.pointer + j, &factor) }
      }
      factor *= growth
      last = visit
    }
    return (numerators, common)
  }

  /// Whether M · numerators = c · common, exactly.
  private func solves(_ numerators: IntegerBuffer, _ common: Integer) -> Bool {
    var sum = fmpz()
    defer { fmpz_clear(&sum) }
    return common.read { common in
      for i in 0..<order {
        fmpz_mul(&sum, right.pointer + i, &common)
        for k in matrix.rowStarts[i]..<matrix.rowStarts[i + 1] {
          fmpz_submul(&sum, matrix.values.pointer + k, numerators.pointer + matrix.columns[k])
        }
        if fmpz_sgn(&sum) != 0 { return false }
      }
      return true
    }
  }
}

/// (c − M x) / p^k for the first k digits of x: exactly integers. Each digit divides what is left of c by p, so that the
/// entries soon fit a word when those of M do.
private enum Rest {
  case large(IntegerBuffer)
  case words([Int])

  /// The residues of all entries.
  func residues(modulo prime: UInt) -> [UInt] {
    switch self {
    case .large(let buffer): (0..<buffer.count).map { fmpz_fdiv_ui(buffer.pointer + $0, prime) }
    case .words(let words):
      words.map { word in
        let residue = word % Int(prime)
        return UInt(residue < 0 ? residue + Int(prime) : residue)
      }
    }
  }

  /// self ← (self − M digit) / prime, where the division has no remainder.
  mutating func subtract(_ matrix: IntegerRows, _ digit: [UInt], dividingBy prime: UInt) {
    switch self {
    case .large(let buffer):
      for i in 0..<buffer.count {
        let entry = buffer.pointer + i
        for k in matrix.rowStarts[i]..<matrix.rowStarts[i + 1] {
          fmpz_submul_ui(entry, matrix.values.pointer + k, digit[matrix.columns[k]])
        }
        fmpz_divexact_ui(entry, entry, prime)
      }
      guard matrix.words != nil, (0..<buffer.count).allSatisfy({ fmpz_bits(buffer.pointer + $0) < 62 }) else { return }
      self = .words((0..<buffer.count).map { fmpz_get_si(buffer.pointer + $0) })
    case .words(var words):
      guard let entries = matrix.words else { return }
      self = .words([])
      // The quotient fits a word, so that it is known from its lowest 64 bits: times the inverse of p modulo 2⁶⁴,
      // by Newton's iteration from 3 bits.
      var inverse = Int(bitPattern: prime)
      for _ in 0..<5 { inverse = inverse &* (2 &- Int(bitPattern: prime) &* inverse) }
      for i in words.indices {
        var sum = words[i]
        for k in matrix.rowStarts[i]..<matrix.rowStarts[i + 1] {
          sum = sum &- entries[k] &* Int(bitPattern: digit[matrix.columns[k]])
        }
        words[i] = sum &* inverse
      }
      self = .words(words)
    }
  }
}

/// The p-adic digits of a vector, put together only when they are asked for.
private struct PAdicDigits {
  private let prime: UInt
  private let order: Int
  private var words: [UInt] = []
  /// p^(16 · 2ˡ) for l = 0, 1, …
  private var powers: [Integer]
  private let chunk = 16

  init(prime: UInt, order: Int) {
    self.prime = prime
    self.order = order
    powers = [Integer(Int(prime)).power(chunk)]
  }

  private(set) var count = 0

  mutating func append(_ digit: [UInt]) {
    words += digit
    count += 1
    if count > chunk << powers.count, let last = powers.last { powers.append(last * last) }
  }

  /// p^count.
  var modulus: Integer { Integer(Int(prime)).power(count) }

  /// Entry j modulo ``modulus``.
  func value(of j: Int) -> Integer { value(of: j, 0..<count) }

  /// The number that a run of digits writes; halves of equal length make the products fast.
  private func value(of j: Int, _ range: Range<Int>) -> Integer {
    if range.count <= chunk {
      var sum = fmpz()
      for k in range.reversed() {
        var next = fmpz()
        fmpz_mul_ui(&next, &sum, prime)
        fmpz_add_ui(&sum, &next, words[k * order + j])
        fmpz_clear(&next)
      }
      return Integer(owning: sum)
    }
    let level = (0..<powers.count).last { chunk << $0 < range.count } ?? 0
    let middle = range.lowerBound + chunk << level
    return value(of: j, range.lowerBound..<middle) + value(of: j, middle..<range.upperBound) * powers[level]
  }
}
