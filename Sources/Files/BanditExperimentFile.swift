public import Bandits
public import JSON

/// Experiment files of bandits: a problem with policies, seed and number of replicates.
///
/// `{"problem": {…}, "policies": ["ucb1", …], "replicates": 100, "seed": 1, "checkpoints": 100,
/// "logarithmicCheckpoints": false, "commonRandomNumbers": false, "benchmark": "complete"}`, where `problem` is as in
/// ``BanditProblemFile`` and everything else may be left out; or a problem by itself. The first line of a journal is such a
/// file.
public struct BanditExperimentFile: Sendable {
  /// The problem.
  public var problem: BanditProblem
  /// The policies; nil for those that suit the problem.
  public var policies: [PolicyChoice]?
  /// How many replicates.
  public var replicates: Int?
  /// The seed.
  public var seed: UInt64?
  /// How many checkpoints.
  public var checkpointCount: Int?
  /// Whether checkpoints are at equal factors instead of equal distances.
  public var hasLogarithmicCheckpoints: Bool?
  /// Whether all policies see the same rewards.
  public var hasCommonRandomNumbers: Bool?
  /// What regret of a tallying bandit is measured against.
  public var benchmark: BanditExperiment.Benchmark?

  /// Reads the file at `path`.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - horizon: Replaces the problem's `T`.
  /// - Throws: ``BanditProblemFile/Failure`` naming the file and the place.
  public init(path: String, horizon: Int? = nil) throws(BanditProblemFile.Failure) {
    try self.init(JSONCursor(try BanditProblemFile.value(path: path)), path: path, horizon: horizon)
  }

  /// Reads an experiment from a JSON value.
  ///
  /// - Parameters:
  ///   - root: The experiment, or a problem.
  ///   - path: What messages call the file.
  ///   - horizon: Replaces the problem's `T`.
  /// - Throws: ``BanditProblemFile/Failure`` naming the place.
  public init(_ root: JSONCursor, path: String, horizon: Int? = nil) throws(BanditProblemFile.Failure) {
    self = try BanditProblemFile.checked(path: path) { try BanditExperimentFile(reading: root, horizon: horizon) }
  }

  private init(reading root: JSONCursor, horizon: Int?) throws {
    guard root.value["problem"] != nil else {
      problem = try BanditProblemFile.read(root, horizon: horizon)
      return
    }
    try root.allowOnly([
      "problem", "policies", "replicates", "seed", "checkpoints", "logarithmicCheckpoints", "commonRandomNumbers",
      "benchmark",
    ])
    problem = try BanditProblemFile.read(try root["problem"], horizon: horizon)
    policies = try root.optional("policies")?.strings().map { try PolicyChoice($0) }
    replicates = try root.optional("replicates")?.integer(in: 1...)
    checkpointCount = try root.optional("checkpoints")?.integer(in: 1...)
    hasLogarithmicCheckpoints = try root.optional("logarithmicCheckpoints")?.bool()
    hasCommonRandomNumbers = try root.optional("commonRandomNumbers")?.bool()
    seed = try root.optional("seed").map { cursor in
      // A seed beyond 63 bits is written as text.
      if case .string(let text) = cursor.value, let seed = UInt64(text) { return seed }
      return UInt64(try cursor.integer(in: 0...))
    }
    benchmark = try root.optional("benchmark").map { cursor in
      guard let benchmark = BanditExperiment.Benchmark(rawValue: try cursor.string()) else {
        throw cursor.wrong("one of complete, saturated, constant")
      }
      return benchmark
    }
  }

  /// The experiment as such a file, on one line: what a journal begins with.
  public static func json(_ experiment: BanditExperiment, replicates: Int, checkpointCount: Int, isLogarithmic: Bool)
    -> JSONValue?
  {
    guard let problem = experiment.problem.json else { return nil }
    return [
      "problem": problem, "policies": .array(experiment.policies.map { .string($0.name) }),
      "replicates": .integer(replicates),
      "seed": Int(exactly: experiment.seed).map { .integer($0) } ?? .string("\(experiment.seed)"),
      "checkpoints": .integer(checkpointCount), "logarithmicCheckpoints": .bool(isLogarithmic),
      "commonRandomNumbers": .bool(experiment.hasCommonRandomNumbers),
      "benchmark": .string(experiment.benchmark.rawValue),
    ]
  }
}
