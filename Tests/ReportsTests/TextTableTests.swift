import Reports
import Testing

@Suite("Text for the screen") struct TextTableTests {
  @Test("numbers are short and never empty") func numbers() {
    #expect((1.0 / 3).readable() == "0.333333")
    #expect(2.0.readable() == "2")
    #expect((-0.0).readable() == "0")
    #expect(1e-12.readable(digits: 3) == "1e-12")
    #expect(Double.nan.readable() == "undefined")
    #expect((-Double.infinity).readable() == "−∞")
  }

  @Test("columns align") func columns() {
    var table = TextTable(header: ["name", "value"], alignments: [.left, .right])
    table.append("a", "1")
    table.append("long name", "12.5")
    #expect(
      table.text(indent: 2) == """
          name       value
          ─────────  ─────
          a              1
          long name   12.5

        """)
    #expect(
      table.markdown == """
        | name | value |
        | --- | ---: |
        | a | 1 |
        | long name | 12.5 |

        """)
  }
}
