export default defineComponent({
  async run({ steps, $ }) {
    return { plan: "gold", id: steps.trigger.event.body.customer };
  },
})
