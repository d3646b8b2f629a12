public import Bandits
public import JSON

/// Problem files of bandits, in JSON.
///
/// Stochastic: `{"means": [0.4, 0.6], "T": 1000}` for Bernoulli arms, or
/// `{"arms": [{"gaussian": {"mean": 0.4, "sigma": 1}}, {"beta": {"a": 2, "b": 3}}, …], "T": 1000}` with the laws
/// `bernoulli` (mean), `gaussian` (mean, sigma), `beta` (a, b), `uniform` (low, high), `constant` (value). Optional:
/// `"delay": 10` or `{"geometric": 10}`, `"drift": 0.01`.
///
/// Weighted tallying: `{"K": 2, "m": 3, "weights": [1, 0.5, 0.25], "loss": [{"type": "exp", …}, …], "T": 100}`, where
/// `weights` may also hold one vector an arm, or be one of `"unit"` (the default), `"fading"`, `{"geometric": γ}`,
/// `{"powerLaw": α}`. Losses by `type`: `table` (values), `const` (value), `exp` (lo, hi, c), `power` (lo, hi, c, a),
/// `linear` (a, b), `step` (hi, lo, threshold), `vee` (lo, slope, at). Optional `noise`: `"bernoulli"` (the default),
/// `"none"`, `{"gaussian": {"sigma": 0.1}}`, `{"clippedGaussian": {"sigma": 0.1}}`, `{"beta": {"concentration": 5}}`.
public enum BanditProblemFile {
  /// What went wrong with a problem file.
  public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file cannot be read, its text is no JSON, or a value is of the wrong kind.
    case file(FileError)
    /// The values make no sound problem.
    case bandit(path: String, BanditError)

    /// One sentence that says what is wrong, where, and how to mend it.
    public var description: String {
      switch self {
      case .file(let error): error.description
      case .bandit(let path, let error): "\(path): \(error)"
      }
    }
  }

  /// Reads the problem in the file at `path`.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - horizon: Replaces the file's `T`.
  /// - Returns: The problem, checked.
  /// - Throws: ``Failure`` naming the file and the place.
  public static func problem(path: String, horizon: Int? = nil) throws(Failure) -> BanditProblem {
    try problem(JSONCursor(try value(path: path)), path: path, horizon: horizon)
  }

  /// The problem that a JSON value describes.
  ///
  /// - Parameters:
  ///   - root: The problem, or an object that holds it as its member `spec`.
  ///   - path: What messages call the file.
  ///   - horizon: Replaces the file's `T`.
  /// - Returns: The problem, checked.
  /// - Throws: ``Failure`` for the first thing that is wrong.
  public static func problem(
    _ root: JSONCursor, path: String = "problem", horizon: Int? = nil
  ) throws(Failure) -> BanditProblem {
    try checked(path: path) { try read(root, horizon: horizon) }
  }

  /// The JSON value in the file at `path`.
  static func value(path: String) throws(Failure) -> JSONValue {
    do throws(FileError) {
      let file = try FileBytes(path: path)
      return try withExtendedLifetime(file) { () throws(FileError) in
        do throws(JSONError) { return try JSONValue.parse(file.bytes) } catch { throw .json(path: path, error: error) }
      }
    } catch { throw .file(error) }
  }

  /// What `body` returns, its errors told with the file they come from.
  static func checked<Value>(path: String, _ body: () throws -> Value) throws(Failure) -> Value {
    do {
      return try body()
    } catch let error as JSONError {
      throw .file(.json(path: path, error: error))
    } catch let error as BanditError {
      throw .bandit(path: path, error)
    } catch {
      preconditionFailure("readers of bandits throw nothing else: \(error)")
    }
  }

  /// Members that describe a problem and change nothing.
  private static let annotations = ["kind", "name", "note"]

  /// The problem at `root`, or in its member `spec`.
  static func read(_ root: JSONCursor, horizon: Int?) throws -> BanditProblem {
    if root.value["spec"] != nil {
      return try read(try root["spec"], horizon: try horizon ?? root.optional("T")?.integer())
    }
    let names = try root.memberNames()
    let steps = try horizon ?? root["T"].integer()
    if names.contains("means") || names.contains("arms") {
      try root.allowOnly(annotations + ["means", "arms", "T", "delay", "drift", "reward"])
      return try BanditProblem(.stochastic(try stochastic(root)), horizon: steps)
    }
    if names.contains("loss") || names.contains("K") || names.contains("m") {
      try root.allowOnly(annotations + ["K", "m", "weights", "loss", "T", "noise"])
      let noise = try root.optional("noise").map(noise) ?? .bernoulli
      return try BanditProblem(.tallying(try tallying(root), noise: noise), horizon: steps)
    }
    throw root.wrong("a bandit problem with means, arms or loss")
  }

  // MARK: Stochastic bandits

  private static func stochastic(_ root: JSONCursor) throws -> StochasticBandit {
    let arms: [RewardDistribution]
    if let means = try root.optional("means") {
      if try root.optional("arms") != nil { throw root.wrong("either means or arms, not both") }
      arms = try means.doubles().map { .bernoulli(mean: $0) }
    } else {
      arms = try root["arms"].elements().map(arm)
    }
    if let reward = try root.optional("reward"), try reward.string() != "bernoulli" {
      throw reward.wrong("\"bernoulli\"")
    }
    return try StochasticBandit(
      arms: arms, delay: try root.optional("delay").map(delay) ?? .none,
      drift: try root.optional("drift").map { try $0.double() } ?? 0)
  }

  private static func delay(_ cursor: JSONCursor) throws -> StochasticBandit.Delay {
    if case .object = cursor.value {
      try cursor.allowOnly(["geometric"])
      return .geometric(mean: try cursor["geometric"].double())
    }
    return .constant(try cursor.integer())
  }

  private static func arm(_ cursor: JSONCursor) throws -> RewardDistribution {
    let (name, body) = try single(cursor, of: ["bernoulli", "gaussian", "beta", "uniform", "constant"])
    switch name {
    case "bernoulli": return .bernoulli(mean: try only(body, "mean"))
    case "gaussian":
      try body.allowOnly(["mean", "sigma"])
      return .gaussian(mean: try body["mean"].double(), sigma: try body["sigma"].double())
    case "beta":
      try body.allowOnly(["a", "b"])
      return .beta(a: try body["a"].double(), b: try body["b"].double())
    case "uniform":
      try body.allowOnly(["low", "high"])
      return .uniform(low: try body["low"].double(), high: try body["high"].double())
    default: return .constant(try only(body, "value"))
    }
  }

  // MARK: Weighted tallying bandits

  private static func tallying(_ root: JSONCursor) throws -> TallyingBandit {
    let armCount = try root["K"].integer()
    guard armCount >= 1 else { throw BanditError.noArms }
    let memory = try root["m"].integer()
    guard memory >= 1 else { throw BanditError.memory(memory) }
    let losses = try root["loss"].elements()
    guard losses.count == armCount else {
      throw BanditError.count(of: "loss (one function an arm)", expected: armCount, got: losses.count)
    }
    let weights = try weights(try root.optional("weights"), armCount: armCount, memory: memory)
    return try TallyingBandit(losses: try losses.map(loss), armWeights: weights)
  }

  private static func weights(_ cursor: JSONCursor?, armCount: Int, memory: Int) throws -> [TallyWeights] {
    func shared(_ weights: TallyWeights) -> [TallyWeights] { .init(repeating: weights, count: armCount) }
    guard let cursor else { return shared(.unit(memory: memory)) }
    func vector(_ cursor: JSONCursor, _ what: String) throws -> TallyWeights {
      let values = try cursor.doubles()
      guard values.count == memory else { throw BanditError.count(of: what, expected: memory, got: values.count) }
      return TallyWeights(values)
    }
    switch cursor.value {
    case .string("unit"): return shared(.unit(memory: memory))
    case .string("fading"): return shared(.fading(memory: memory))
    case .object:
      let (name, body) = try single(cursor, of: ["geometric", "powerLaw"])
      let value = try body.double()
      guard value >= 0, name == "powerLaw" || value <= 1 else {
        throw body.wrong(name == "powerLaw" ? "a number that is not negative" : "a number in [0, 1]")
      }
      return shared(
        name == "geometric" ? .geometric(value, memory: memory) : .powerLaw(value, memory: memory))
    case .array(let elements):
      guard case .array = elements.first else { return shared(try vector(cursor, "weights")) }
      let rows = try cursor.elements()
      guard rows.count == armCount else {
        throw BanditError.count(of: "weights (one vector an arm)", expected: armCount, got: rows.count)
      }
      return try rows.enumerated().map { try vector($1, "weights of arm \($0)") }
    default: throw cursor.wrong("an array of weights, \"unit\", \"fading\", {\"geometric\": …} or {\"powerLaw\": …}")
    }
  }

  private static func loss(_ cursor: JSONCursor) throws -> LossFunction {
    func number(_ name: String) throws -> Double { try cursor[name].double() }
    let type = try cursor["type"]
    func only(_ names: [String]) throws { try cursor.allowOnly(["type"] + names) }
    switch try type.string() {
    case "table":
      try only(["values"])
      return .table(try cursor["values"].doubles())
    case "const":
      try only(["value"])
      return .constant(try number("value"))
    case "exp":
      try only(["lo", "hi", "c"])
      return .exponential(lo: try number("lo"), hi: try number("hi"), c: try number("c"))
    case "power":
      try only(["lo", "hi", "c", "a"])
      return .power(lo: try number("lo"), hi: try number("hi"), c: try number("c"), a: try number("a"))
    case "linear":
      try only(["a", "b"])
      return .linear(a: try number("a"), b: try number("b"))
    case "step":
      try only(["hi", "lo", "threshold"])
      return .step(hi: try number("hi"), lo: try number("lo"), threshold: try number("threshold"))
    case "vee":
      try only(["lo", "slope", "at"])
      return .vee(lo: try number("lo"), slope: try number("slope"), at: try number("at"))
    default: throw type.wrong("one of table, const, exp, power, linear, step, vee")
    }
  }

  private static func noise(_ cursor: JSONCursor) throws -> LossNoise {
    switch cursor.value {
    case .string("bernoulli"): return .bernoulli
    case .string("none"): return .none
    case .object where cursor.value["type"] != nil:
      let type = try cursor["type"]
      switch try type.string() {
      case "bernoulli", "none":
        try cursor.allowOnly(["type"])
        return try noise(type)
      case "gaussian": return .gaussian(sigma: try only(cursor, "sigma", beside: ["type"]))
      case "clippedGaussian": return .clippedGaussian(sigma: try only(cursor, "sigma", beside: ["type"]))
      case "beta": return .beta(concentration: try only(cursor, "concentration", beside: ["type"]))
      default: throw type.wrong("one of bernoulli, none, gaussian, clippedGaussian, beta")
      }
    case .object:
      let (name, body) = try single(cursor, of: ["gaussian", "clippedGaussian", "beta"])
      switch name {
      case "gaussian": return .gaussian(sigma: try only(body, "sigma"))
      case "clippedGaussian": return .clippedGaussian(sigma: try only(body, "sigma"))
      default: return .beta(concentration: try only(body, "concentration"))
      }
    default: throw cursor.wrong("\"bernoulli\", \"none\", or an object such as {\"gaussian\": {\"sigma\": 0.1}}")
    }
  }

  // MARK: Shared

  /// The one member of an object that has a single one, named as allowed.
  private static func single(_ cursor: JSONCursor, of names: [String]) throws -> (name: String, value: JSONCursor) {
    try cursor.allowOnly(names)
    let members = try cursor.members()
    guard members.count == 1, let member = members.first else {
      throw cursor.wrong("an object with one of \(names.joined(separator: ", "))")
    }
    return member
  }

  /// A number given as such or as the only member `name` of an object.
  private static func only(_ cursor: JSONCursor, _ name: String, beside: [String] = []) throws -> Double {
    guard case .object = cursor.value else { return try cursor.double() }
    try cursor.allowOnly([name] + beside)
    return try cursor[name].double()
  }
}
