import Exploration
import JSON
import TestSupport
import Testing

@Suite("Whole episodes") struct TraceTests {
  @Test("traces equal the reference") func traces() throws {
    let reference = try ReferenceModels()
    for entry in try Reference.json("exploration/traces.json")["traces"].elements() {
      let model = try reference[entry["mdp"].string()]
      let isCoupled = try entry["explorer"].string() == "coupled"
      var options = HorizonFreeExploration(isCoupled ? .coupled : .relaxed)
      options.levels = try entry["M"].integer()
      options.radius = .practical(try entry["c"].double())
      options.selectionKey = try entry["selection_key"].string() == "truncated" ? .truncated : .untruncated
      options.optimism = try entry["optimism"].double()
      options.keepsTrace = true
      var session = try options.session(in: model, seed: UInt64(entry["seed"].integer()))
      try session.run(episodes: entry["K"].integer())
      for (record, expected) in zip(session.trace, try entry["episodes"].elements()) {
        #expect(record.episode == (try expected["k"].integer()))
        #expect(abs(record.radius - (try expected["beta"].double())) < 1e-7)
        #expect(distance(try #require(record.modelCentre), try expected["theta_model"].flat()) < 1e-7)
        #expect(distance(try #require(record.accumulatedCentre), try expected["theta_hat_center"].flat()) < 1e-7)
        if isCoupled {
          #expect(distance(record.candidateValues, try expected["candidate_values"].flat()) < 1e-7)
          #expect(record.candidate == (try expected["candidate"].integer()))
        } else {
          #expect(distance(record.uncertainties, try expected["u"].flat()) < 1e-7)
          let n = model.stateCount
          let codes = stride(from: 0, to: record.subsets.count, by: n).map { start in
            // The reference numbers the proper non-empty subsets from 0.
            record.subsets[start..<(start + n)].reduce(0) { 2 * $0 + $1 } - 1
          }
          #expect(codes == (try expected["u_subset"].flat()))
        }
        #expect(record.policy.map(Double.init) == (try expected["policy"].flat()))
        #expect(record.trajectory.map(Double.init) == (try expected["trajectory"].flat()))
        #expect(abs(record.startValue - (try expected["vhat_start"].double())) < 1e-7)
        for (got, key) in [
          (record.modelVariances, "sigma2_tilde"), (record.accumulatedVariances, "sigma2_hat"),
          (record.modelEstimates, "theta_tilde"), (record.accumulatedEstimates, "theta_hat"),
          ([record.modelLogDeterminants], "logdet_tilde"), ([record.accumulatedLogDeterminants], "logdet_hat"),
        ] {
          #expect(distance(got.flatMap { $0 }, try expected[key].flat()) < 1e-7, "\(key)")
        }
      }
      #expect(session.trace.count == (try entry["episodes"].elements().count))
      let certificate = try #require(try session.certificate())
      #expect(abs(certificate.value - (try entry["relaxed_certificate"].double())) < 1e-7)
      let final = try #require(try session.model(.targeted).parameter)
      #expect(distance(final, try entry["theta_final"].flat()) < 1e-7)
      #expect(session.nonConvergedProjections == 0)
    }
  }
}
