public import Exploration
public import JSON

/// A learnt model against every reward, for readers and for programs.
public struct ExplorationEvaluationReport: Sendable {
  private let evaluation: ExplorationEvaluation
  private let start: Int

  /// A report of `evaluation` of episodes that start in `start`.
  public init(_ evaluation: ExplorationEvaluation, start: Int) {
    self.evaluation = evaluation
    self.start = start
  }

  /// `{"lower", "upper", "exact", "witness": {"value", "reward": [H][S][A], "policy": [H][S], "total"}, "separation",
  /// "truncated", "canonical": {"count", "planned", "pessimistic"}}`: the worst planning error over all rewards of total at
  /// most 1 lies between `lower` and `upper`.
  public var json: JSONValue {
    let found = evaluation.found
    let rewards = found.rewards
    let reward = JSONValue.array(
      (0..<rewards.horizon).map { step in
        .array(
          (0..<rewards.stateCount).map { s in
            .numbers((0..<rewards.actionCount).map { rewards[step, s, $0] })
          })
      })
    let policy = JSONValue.array(
      (0..<rewards.horizon).map { step in
        .integers(found.recheck.worstPolicy[(step * rewards.stateCount)..<((step + 1) * rewards.stateCount)])
      })
    return [
      "lower": .finite(max(found.value, evaluation.exact?.value ?? 0)),
      "upper": .finite(evaluation.exact?.value ?? evaluation.certified.planningErrorBound),
      "exact": evaluation.exact.map { .finite($0.value) } ?? .null,
      "witness": [
        "value": .finite(found.value), "reward": reward, "policy": policy,
        "total": .finite(rewards.total(from: start)), "rechecked": .finite(found.recheck.value),
        "tried": .integer(found.tried),
      ],
      "separation": .finite(evaluation.certified.separation),
      "truncated": .finite(evaluation.certified.truncated),
      "canonical": [
        "count": .integer(evaluation.listCount), "planned": .finite(evaluation.listMaximum),
        "pessimistic": .finite(evaluation.listPessimisticMaximum),
      ],
    ]
  }

  /// What was found and what is certain, in a few lines.
  public var text: String {
    let found = evaluation.found
    var table = TextTable(alignments: [.left, .right])
    table.append("found by the adversary (at least)", found.value.readable())
    if let exact = evaluation.exact {
      table.append("exact supremum (\(exact.programs) programs)", exact.value.readable())
    }
    table.append("certified (at most 2 D)", evaluation.certified.planningErrorBound.readable())
    table.append("canonical list of \(evaluation.listCount), worst ties", evaluation.listPessimisticMaximum.readable())
    return "Worst planning error over all rewards of total at most 1:\n" + table.text(indent: 2)
      + "The list is a list, not the worst case. The witness reward is in the JSON answer.\n"
  }
}

/// How a learnt model became better with the episodes, for readers and for programs.
public struct ExplorationRunReport: Sendable {
  private let experiment: ExplorationExperiment
  private let outcome: ExplorationExperiment.Outcome
  private let name: String

  /// A report of `outcome` of `experiment` with the method called `name`.
  public init(_ experiment: ExplorationExperiment, _ outcome: ExplorationExperiment.Outcome, name: String) {
    self.experiment = experiment
    self.outcome = outcome
    self.name = name
  }

  /// `{"explorer", "estimator", "replicates", "seed", "checkpoints": [{"episodes", "found": {"mean", "standardError"}, …}]}`.
  ///
  /// `found` is the planning error of the adversary's reward, `certificate` the explorer's own bound C (planning error at
  /// most 2 C where its radius holds) or null, `separation` the certified D.
  public var json: JSONValue {
    func summary(_ quantity: ExplorationExperiment.Quantity, _ checkpoint: Int) -> JSONValue {
      let mean = outcome.mean(quantity, at: checkpoint)
      guard mean.isFinite else { return .null }
      return ["mean": .finite(mean), "standardError": .finite(outcome.standardError(quantity, at: checkpoint))]
    }
    return [
      "explorer": .string(name), "estimator": .string(experiment.estimator.rawValue),
      "replicates": .integer(experiment.replicates), "seed": .integer(Int(truncatingIfNeeded: experiment.seed)),
      "states": .integer(experiment.world.stateCount), "actions": .integer(experiment.world.actionCount),
      "d": .integer(experiment.world.dimension), "horizon": .integer(experiment.world.horizon),
      "parameterNorm": .finite(experiment.world.parameterNorm),
      "checkpoints": .array(
        outcome.checkpoints.enumerated().map { index, episodes in
          [
            "episodes": .integer(episodes), "found": summary(.found, index),
            "certificate": summary(.certificate, index), "separation": summary(.separation, index),
            "radius": summary(.radius, index), "unconverged": .finite(outcome.mean(.unconverged, at: index)),
          ]
        }),
    ]
  }

  /// A table of means ± standard errors.
  public var text: String {
    var table = TextTable(
      header: ["episodes", "found (≥)", "certificate C", "separation D"], alignments: [.right, .right, .right, .right])
    for (index, episodes) in outcome.checkpoints.enumerated() {
      func cell(_ quantity: ExplorationExperiment.Quantity) -> String {
        let mean = outcome.mean(quantity, at: index)
        guard mean.isFinite else { return "none" }
        return "\(mean.readable(digits: 3)) ± \(outcome.standardError(quantity, at: index).readable(digits: 1))"
      }
      table.append(String(episodes), cell(.found), cell(.certificate), cell(.separation))
    }
    return "\(name), \(experiment.estimator.rawValue) model, \(experiment.replicates) replicates:\n" + table.text()
      + "found: planning error of the worst reward an adversary found. The worst case over all rewards is at most 2 D.\n"
  }
}
