import JSON
import TestSupport
import Testing

@Suite("explore") struct ExploreTests {
  @Test("bounds --json equals the reference, key by key") func bounds() throws {
    for point in try Reference.json("exploration/bounds.json")["cases"].elements() {
      var arguments = ["explore", "bounds", "--json"]
      for (key, option) in [
        ("d", "--d"), ("S", "--states"), ("A", "--actions"), ("H", "--horizon"), ("eps", "--epsilon"),
        ("delta", "--delta"), ("B", "--B"), ("K", "--episodes"),
      ] {
        arguments += [option, try JSONValue.number(point["params"][key].double()).serialised()]
      }
      for index in arguments.indices where arguments[index].hasSuffix(".0") { arguments[index].removeLast(2) }
      let command = try Command(arguments)
      #expect(command.status == 0 && command.complaint.isEmpty)
      let answer = JSONCursor(try command.json)
      for (key, reference) in [
        ("explicit", "explicit"), ("leadingEpisodes", "leading_episodes"), ("leadingRegret", "leading_regret"),
      ] {
        for (id, value) in try point["values"][reference].members() {
          let got = JSONCursor(try #require(answer.value[key]?[id]))
          switch value.value {
          case .null: #expect(got.value == .null, "\(id)")
          case .object:
            for (name, part) in try value.members() {
              let (a, b) = (try got[name].double(), try part.double())
              #expect(abs(a - b) <= 1e-9 * abs(b))
              #expect(try answer[key]["\(id).\(name)"].double() == a)
            }
          default:
            let (a, b) = (try got.double(), try value.double())
            #expect(abs(a - b) <= (id.hasSuffix(".sample_complexity") ? 1e-6 : 1e-9) * abs(b), "\(id)")
          }
        }
      }
    }
  }

  @Test("a null has its reason, and the table names its sources") func words() throws {
    let point = ["--d", "4", "--states", "5", "--actions", "3", "--horizon", "16", "--B", "2"]
    let json = try Command(["explore", "bounds", "--json"] + point).json
    #expect(json["explicit"]?["lower.derived"] == .null)
    #expect(try JSONCursor(json)["reasons"]["lower.derived"].string().hasPrefix("no statement: epsilon"))
    let table = try Command(["explore", "bounds", "--markdown"] + point)
    #expect(table.status == 0)
    #expect(table.output.contains("| `hf_rfe_upper_total` | linear mixture MDP | total | upper | episodes | d²/ε² |"))
    #expect(table.output.contains("arXiv 2303.10165"))
    #expect(try Command(["explore", "bounds"] + point).output.contains("no statement"))
    let crossing = try Command(
      "explore", "crossover", "--d", "4", "--states", "5", "--actions", "3", "--B", "2", "--json")
    #expect(try (65...128).contains(JSONCursor(crossing.json)["horizon"].integer()))
  }

  @Test("bad parameters are refused in one line") func refusals() throws {
    func refuse(_ options: String..., saying words: String) throws {
      let command = try Command(["explore", "bounds", "--d", "4", "--states", "5", "--actions", "3"] + options)
      #expect(command.status == 2 && command.output.isEmpty)
      #expect(command.complaint.split(separator: "\n").count == 1 && command.complaint.contains(words))
    }
    try refuse("--horizon", "0", saying: "horizon is 0")
    try refuse("--horizon", "8", "--delta", "1", saying: "delta is 1")
    try refuse("--horizon", "8", "--B", "0.5", saying: "B is 0.5")
    try refuse("--horizon", "8", "--json", "--markdown", saying: "--markdown")
    try refuse(saying: "--horizon")
    try expectRefusal(
      "explore", "crossover", "nonsense", "--d", "4", "--states", "5", "--actions", "3", saying: "no bound is called")
  }
}
