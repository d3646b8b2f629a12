import LinearAlgebra
import Testing

@Suite("Vectors and doubled precision") struct VectorTests {
  @Test("norms of small cases") func norms() {
    #expect(norm1([3, -4]) == 7)
    #expect(norm2([3, -4]) == 5)
    #expect(normInfinity([3, -4]) == 4)
    #expect(norm1([]) == 0 && norm2([]) == 0 && normInfinity([]) == 0)
    #expect(normInfinity([1, .nan, 2]).isNaN)
    // 5e200 is far beyond the root of the largest double; scaling costs a few roundings.
    #expect(abs(norm2([3e200, 4e200]) - 5e200) <= 4 * 5e200.ulp)
  }

  @Test("a compensated sum keeps what a plain sum loses") func compensated() {
    #expect(compensatedSum([1, 1e100, 1, -1e100]) == 2)
    #expect([1, 1e100, 1, -1e100].reduce(0, +) == 0)
    #expect(compensatedSum([Double]()) == 0)
    #expect(compensatedSum([1, .infinity]) == .infinity)
  }

  @Test("dot against the precise dot", arguments: [0, 1, 7, 1000]) func dots(count: Int) {
    var random = TestRandom(seed: UInt64(count) + 1)
    let (x, y) = (random.vector(count), random.vector(count))
    let scale = zip(x, y).reduce(0) { $0 + abs($1.0 * $1.1) }
    #expect(abs(dot(x, y) - preciseDot(x, y).value) <= Double(count) * .ulpOfOne * scale)
  }

  @Test("the precise dot survives cancellation of 2⁶⁰") func preciseCancellation() {
    #expect(preciseDot([0x1p60, 1, -0x1p60], [1, 0x1p-40, 1]).value == 0x1p-40)
  }

  @Test("exact sums and products") func exactPairs() {
    let sum = DoubleDouble(exactSum: 1, 0x1p-80)
    #expect(sum.high == 1 && sum.low == 0x1p-80)
    let x = 1 + Double.ulpOfOne
    let product = DoubleDouble(exactProduct: x, x)
    // (1 + u)² = 1 + 2u + u².
    #expect(product.high == 1 + 2 * .ulpOfOne && product.low == .ulpOfOne * .ulpOfOne)
  }

  @Test("quotient times divisor gives back the dividend to 2⁻¹⁰⁰") func division() {
    var random = TestRandom(seed: 5)
    for _ in 0..<200 {
      let x = DoubleDouble(exactSum: random.uniform() + 1, random.uniform() * 0x1p-60)
      let y = DoubleDouble(exactSum: random.uniform() + 1, random.uniform() * 0x1p-60)
      let error = (x / y) * y - x
      #expect(abs(error.value) <= 0x1p-100)
      #expect((x < y) == (y - x > DoubleDouble(0)))
    }
    let third = DoubleDouble(1) / DoubleDouble(3)
    #expect(abs((third * 3 - DoubleDouble(1)).value) <= 0x1p-104)
  }
}
