# frozen_string_literal: true

# ruby sidekiq_checks.rb CHECK: what a tenant's application does with Sidekiq while its worker runs; prints
# `passed`, or the error. It uses the same names for every tenant.

require_relative 'sidekiq_jobs'
require 'sidekiq/api'
require 'sidekiq/web'
require 'rack/mock'

TENANT = ENV.fetch('TENANT')
PATIENCE = 20

def equal(found, expected)
  raise "#{found.inspect} is not #{expected.inspect}" unless found == expected
end

def answers(list, count)
  Array.new(count) do
    _, text = Sidekiq.redis { |redis| redis.blpop("queue-answers:#{list}", timeout: PATIENCE) }
    text || raise("waited in vain for answers to #{list}")
  end
end

def eventually(what)
  limit = Time.now + PATIENCE
  until (found = yield)
    raise "waited in vain for #{what}" if Time.now > limit

    sleep 0.01
  end
  found
end

def perform_async
  100.times { |i| Work.perform_async('many', i) }
  equal answers('many', 100).sort, Array.new(100) { |i| "#{TENANT} #{i}" }.sort
  ids = Sidekiq::Client.push_bulk('class' => Work, 'args' => Array.new(200) { |i| ['bulk', i] })
  equal ids.uniq.size, 200
  equal answers('bulk', 200).uniq.size, 200
  Work.set(queue: 'low').perform_async('low', 1)
  equal answers('low', 1), ["#{TENANT} 1"]
end

def perform_in
  Work.perform_in(3600, 'far', 1)
  near = Work.perform_in(0.5, 'near', 1)
  equal answers('near', 1), ["#{TENANT} 1"]
  far = eventually('the scheduled set') { Sidekiq::ScheduledSet.new.to_a.find { |job| job.args == ['far', 1] } }
  raise 'the near job is still scheduled' if Sidekiq::ScheduledSet.new.find_job(near)

  equal Sidekiq::ScheduledSet.new.scan('*far*').map(&:jid), [far.jid]
  far.reschedule(Time.now + 0.1)
  equal answers('far', 1), ["#{TENANT} 1"]
end

def retries
  jid = Flaky.perform_async('flaky', 3)
  2.times do |before|
    job = eventually('the failure') do
      Sidekiq::RetrySet.new.find_job(jid)&.then { |one| one if one['error_message'] == "attempt #{before + 1}" }
    end
    before.zero? ? job.retry : job.reschedule(Time.now)
  end
  equal answers('flaky', 1), ["#{TENANT} 3"]
end

def dead
  text = "hopeless for #{TENANT}"
  Hopeless.perform_async(text)
  job = eventually('the morgue') { Sidekiq::DeadSet.new.first }
  equal [job.args, job['error_message'], Sidekiq::DeadSet.new.size], [[text], text, 1]
  job.delete
  equal Sidekiq::DeadSet.new.size, 0
end

def stats
  before = Sidekiq::Stats.new
  Long.perform_async('long')
  equal answers('long', 1), ["#{TENANT} begun"]
  process, = eventually('the heartbeat') { Sidekiq::ProcessSet.new.to_a.then { |all| all unless all.empty? } }
  equal [Sidekiq::ProcessSet.new.size, process['queues'], process['concurrency']], [1, %w[default low], 3]
  eventually('the busy worker') { Sidekiq::Workers.new.to_a.map { |_, _, work| work['payload']['class'] } == ['Long'] }
  answer('long-end', 'go')
  eventually('the count') { Sidekiq::Stats.new.processed > before.processed }
  equal Sidekiq::Stats::History.new(1).processed.values.first, Sidekiq::Stats.new.processed
  equal Sidekiq::Stats.new.queues.keys - %w[default low], []
end

def queues
  idle = Sidekiq::Queue.new('idle')
  jids = Array.new(120) { |i| Work.set(queue: 'idle').perform_async('never', i) }
  equal [idle.size, idle.map(&:jid).sort], [120, jids.sort]
  equal idle.find_job(jids[7]).delete, true
  equal [idle.size, Sidekiq::Stats.new.enqueued >= 119, idle.latency < 60], [119, true, true]
  idle.clear
  equal [idle.size, Sidekiq::Queue.all.map(&:name).include?('idle')], [0, false]
end

def web
  Work.perform_in(3600, 'shown', TENANT)
  pages = Rack::MockRequest.new(Sidekiq::Web)
  shown = %w[/ /busy /queues /queues/default /retries /scheduled /morgue /stats].to_h do |path|
    page = pages.get(path, 'rack.session' => {})
    equal [path, page.status], [path, 200]
    [path, page.body]
  end
  equal JSON.parse(shown['/stats'])['redis']['redis_version'][0, 2], '7.'
  raise 'the scheduled job is not shown' unless shown['/scheduled'].include?(TENANT)

  other = (%w[acme globex] - [TENANT]).first
  shown.each { |path, body| raise "#{path} names #{other}" if body.include?(other) }
  Sidekiq::ScheduledSet.new.clear
end

begin
  send(ARGV.fetch(0))
  puts 'passed'
rescue StandardError => e
  warn e.full_message
  exit 1
end
