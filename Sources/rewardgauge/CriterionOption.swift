import ArgumentParser

/// An option of `solve` that belongs to some criteria only: one line of the table that options are checked by.
struct CriterionOption {
  /// How it is written, as `--horizon STEPS`.
  let usage: String
  /// Whether it was given.
  let isGiven: Bool
  /// The criteria that it goes with.
  let criteria: [Criterion]
  /// The criteria that cannot do without it.
  let neededBy: [Criterion]

  init(_ usage: String, isGiven: Bool, with criteria: [Criterion], neededBy: [Criterion] = []) {
    self.usage = usage
    self.isGiven = isGiven
    self.criteria = criteria
    self.neededBy = neededBy
  }

  /// Whether the option was given where it means nothing, or is missing where it is needed.
  func check(for criterion: Criterion) throws {
    if isGiven, !criteria.contains(criterion) {
      let name = usage.prefix { $0 != " " }
      throw ValidationError("\(name) goes with --criterion \(criteria.map(\.rawValue).alternatives)")
    }
    if !isGiven, neededBy.contains(criterion) {
      throw ValidationError("--criterion \(criterion.rawValue) needs \(usage)")
    }
  }
}

extension [String] {
  /// `"a, b or c"`.
  var alternatives: String {
    count < 2 ? joined() : dropLast().joined(separator: ", ") + " or " + (last ?? "")
  }
}
