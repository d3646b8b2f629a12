/// Every benchmark, by topic; a new topic is a file with such a list and a line here.
let topics: [[Benchmark]] = [
  LinearAlgebraBenchmarks.all,
  PlanningBenchmarks.all,
  ExactBenchmarks.all,
  ComparisonBenchmarks.all,
  BanditBenchmarks.all,
  ExplorationBenchmarks.all,
  MatchingBenchmarks.all,
  RewardMatrixBenchmarks.all,
]

@main struct Main {
  static func main() throws {
    let wanted = CommandLine.arguments.dropFirst()
    let chosen = topics.joined().filter { benchmark in
      wanted.isEmpty || wanted.contains { benchmark.name.hasPrefix($0) }
    }
    guard !chosen.isEmpty else {
      print("There is no benchmark \(wanted.joined(separator: ", ")). There are:")
      for benchmark in topics.joined() { print("  \(benchmark.name)") }
      return
    }
    print(Report.heading)
    for benchmark in chosen {
      for comparison in try benchmark.run() { print(Report.line(benchmark.name, comparison)) }
    }
  }
}
