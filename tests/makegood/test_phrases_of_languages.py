"""The built-in phrases: what customers say in each language is understood as what they mean, and what only sounds like it is not.

The sentences were made up for this test, from what people of the trade say; no data set was read for them.
"""

from __future__ import annotations

import pytest

from makegood.config import policy_file
from streams.decide.phrases import Lexicon

LEXICON = Lexicon(policy_file.built_in())

CANCEL = {
    "en": [
        "Please cancel my contract at the end of the month.",
        "How do I close my account?",
        "I want my membership cancelled today",
        "We would like to terminate our agreement with you.",
        "I have not been able to close my account on the website.",
        "I'm not happy with the service and want to cancel the subscription",
        "This app does not work, so delete my account.",
        "I no longer need this account",
        "I don't want this account anymore.",
        "We will not renew.",
        "Our account should be closed, please confirm.",
        "If this is not fixed by Friday, we cancel the contract.",
    ],
    "de": [
        "Hiermit kündige ich fristgerecht.",
        "Ich möchte meinen Handyvertrag zum 31.12. kündigen.",
        "Bitte löschen Sie mein Kundenkonto.",
        "Wir kündigen den Vertrag.",
        "Wie kann ich mein Abo beenden?",
        "Den Rahmenvertrag verlängern wir nicht.",
        "Das ist nicht gut, wir kündigen den Vertrag.",
    ],
    "fr": [
        "Je souhaite résilier mon contrat.",
        "Merci de fermer mon compte.",
        "Nous ne renouvellerons pas.",
        "Comment annuler mon abonnement ?",
    ],
    "es": [
        "Quiero darme de baja.",
        "Quiero cancelar mi suscripción",
        "Por favor cierren mi cuenta",
        "No vamos a renovar",
        "Queremos rescindir el contrato",
    ],
    "it": [
        "Vorrei disdire il contratto.",
        "Chiudete il mio conto",
        "Diamo disdetta a fine mese",
        "Non rinnoveremo l'abbonamento",
        "Intendiamo recedere dal contratto",
    ],
    "pt": ["Quero cancelar meu contrato.", "Encerrem a minha conta", "Não vamos renovar", "Vamos rescindir no fim do mês"],
    "nl": ["Ik wil mijn abonnement opzeggen", "Verwijder mijn account", "Wij verlengen niet", "Hierbij zeg ik mijn contract op"],
    "pl": ["Chcę rozwiązać umowę", "Proszę zamknąć moje konto", "Nie przedłużymy umowy", "Rezygnujemy z umowy"],
    "tr": ["Aboneliğimi iptal etmek istiyorum", "Hesabımı kapatın", "Sözleşmeyi feshediyoruz", "Sözleşmemizi yenilemeyeceğiz"],
    "ja": ["解約したいです。", "アカウントを削除してください。", "契約を終了します。", "更新しません。"],
    "el": ["Θέλω να ακυρώσω τη συνδρομή μου", "Κλείστε τον λογαριασμό μου", "Δεν θα ανανεώσουμε", "Θέλουμε διακοπή του συμβολαίου"],
    "uk": ["Хочу розірвати договір", "Закрийте мій рахунок", "Ми не будемо продовжувати", "Скасуйте мою підписку"],
    "hy": ["Ուզում եմ լուծել պայմանագիրը", "Փակեք իմ հաշիվը", "Չենք երկարաձգելու", "Չեղարկել բաժանորդագրությունը"],
}
LEAVE = {
    "en": [
        "You have lost a customer.",
        "I will never order from you again",
        "This was the last time.",
        "We take our business elsewhere.",
        "Never again!",
    ],
    "de": ["Nie wieder!", "Bei Ihnen bestelle ich nie wieder", "Sie haben einen Kunden verloren", "Das war das letzte Mal"],
    "fr": ["Plus jamais !", "Vous avez perdu un client", "C'était la dernière fois", "Je ne reviendrai pas"],
    "es": ["¡Nunca más!", "Han perdido un cliente", "Fue la última vez", "No volveré a comprar"],
    "it": ["Mai più!", "Avete perso un cliente", "È stata l'ultima volta", "Non comprerò più"],
    "pt": ["Nunca mais!", "Perderam um cliente", "Foi a última vez", "Não compro mais"],
    "nl": ["Nooit meer!", "Dit was de laatste keer", "Jullie zijn een klant kwijt"],
    "pl": ["Nigdy więcej!", "Straciliście klienta", "To był ostatni raz"],
    "tr": ["Bir daha asla!", "Bir müşteri kaybettiniz", "Bir daha almam"],
    "ja": ["二度と買いません。", "もう利用しません。"],
    "el": ["Ποτέ ξανά!", "Χάσατε έναν πελάτη"],
    "uk": ["Більше ніколи!", "Ви втратили клієнта"],
    "hy": ["Այլևս երբեք։", "Դուք կորցրիք հաճախորդ"],
}
SECURITY = {
    "en": [
        "Someone used my card without my permission",
        "My phone was stolen on the train",
        "I lost my wallet with the card in it",
        "There is a payment on my statement that I did not make",
        "I don't recognise this withdrawal",
        "Our account has been hacked",
        "I would like to report a stolen card",
        "The charger caught fire next to my bed",
        "Your driver threatened me",
        "My son was injured by the broken lid",
        "I do not feel safe with this technician at home",
    ],
    "de": [
        "Mein Konto wurde gehackt",
        "Meine Karte wurde gestohlen",
        "Diese Abbuchung ist nicht von mir",
        "Ihr Fahrer hat mich bedroht",
        "Das Gerät ist in Brand geraten",
    ],
    "fr": [
        "Mon compte a été piraté",
        "On m'a volé ma carte",
        "Je ne reconnais pas ce paiement",
        "L'appareil a pris feu",
        "Votre livreur m'a menacé",
    ],
    "es": [
        "Han hackeado mi cuenta",
        "Me robaron la tarjeta",
        "No reconozco este cargo",
        "El cargador se incendió",
        "El repartidor me amenazó",
    ],
    "it": [
        "Il mio conto è stato hackerato",
        "Mi hanno rubato la carta",
        "Non riconosco questo addebito",
        "Il caricatore ha preso fuoco",
        "Il corriere mi ha minacciato",
    ],
    "pt": [
        "Minha conta foi hackeada",
        "Roubaram o meu cartão",
        "Não reconheço esta compra",
        "O carregador pegou fogo",
        "O motorista me ameaçou",
    ],
    "nl": [
        "Mijn account is gehackt",
        "Mijn pas is gestolen",
        "Deze afschrijving herken ik niet",
        "De lader vloog in brand",
        "De chauffeur heeft mij bedreigd",
    ],
    "pl": [
        "Ktoś włamał się na moje konto",
        "Skradziono mi kartę",
        "Nie rozpoznaję tej transakcji",
        "Ładowarka zapaliła się",
        "Kierowca mi groził",
    ],
    "tr": ["Hesabım hacklendi", "Kartım çalındı", "Bu işlemi tanımıyorum", "Şarj cihazı alev aldı", "Kurye beni tehdit etti"],
    "ja": [
        "不正アクセスされました。",
        "カードを盗まれました。",
        "身に覚えのない請求があります。",
        "充電器が発火しました。",
        "配達員に脅されました。",
    ],
    "el": [
        "Μου χάκαραν τον λογαριασμό",
        "Μου έκλεψαν την κάρτα",
        "Δεν αναγνωρίζω αυτή τη χρέωση",
        "Ο φορτιστής πήρε φωτιά",
        "Ο οδηγός με απείλησε",
    ],
    "uk": ["Мій акаунт зламали", "У мене вкрали картку", "Не впізнаю цей платіж", "Зарядка загорілася", "Водій мені погрожував"],
    "hy": ["Իմ հաշիվը կոտրել են", "Քարտս գողացել են", "Այս վճարումը չեմ ճանաչում", "Լիցքավորիչը բռնկվեց"],
}
IGNORED = {
    "en": ["Nobody answers, third time.", "I have written twice and no reply", "You never called back", "This is the third time I ask"],
    "de": ["Niemand antwortet, zum dritten Mal.", "Seit Wochen keine Rückmeldung", "Es meldet sich niemand"],
    "fr": ["Personne ne répond, troisième fois.", "Toujours aucune réponse"],
    "es": ["Nadie responde, por tercera vez.", "No me contestan"],
    "it": ["Nessuno risponde, per la terza volta.", "Ancora nessuna risposta"],
    "pt": ["Ninguém responde, pela terceira vez.", "Continuo sem resposta"],
    "nl": ["Niemand antwoordt, voor de derde keer.", "Nog steeds geen reactie"],
    "pl": ["Nikt nie odpowiada, po raz trzeci.", "Brak odpowiedzi"],
    "tr": ["Kimse cevap vermiyor, üçüncü kez.", "Hâlâ cevap yok"],
    "ja": ["誰も返事をくれません。三度目です。", "返信がありません。"],
    "el": ["Κανείς δεν απαντάει, για τρίτη φορά.", "Καμία απάντηση"],
    "uk": ["Ніхто не відповідає, втретє.", "Немає відповіді"],
    "hy": ["Ոչ ոք չի պատասխանում, երրորդ անգամ։", "Պատասխան չկա"],
}
MEANT = {"cancel": CANCEL, "leave": LEAVE, "security": SECURITY, "ignored": IGNORED}
SAID = [(intent, language, said) for intent, rows in MEANT.items() for language, sentences in rows.items() for said in sentences]

NEGATED = {
    "en": ["I do not want to cancel my contract.", "We would never close our account with you", "I did not ask you to delete my account"],
    "de": ["Ich kündige meinen Vertrag nicht.", "Wir wollen den Vertrag nicht kündigen"],
    "fr": ["Je ne veux pas résilier mon contrat", "Nous n'allons pas fermer notre compte"],
    "es": ["No quiero cancelar mi contrato"],
    "it": ["Non voglio disdire il contratto"],
    "pt": ["Não quero cancelar meu contrato"],
    "nl": ["Ik wil mijn abonnement niet opzeggen"],
    "pl": ["Nie chcę rozwiązać umowy"],
    "tr": ["Sözleşmeyi feshetmek istemiyorum"],
    "ja": ["解約するつもりはありません。"],
    "el": ["Δεν θέλω να ακυρώσω τη συνδρομή μου"],
    "uk": ["Не хочу розірвати договір"],
    "hy": ["Չեմ ուզում լուծել պայմանագիրը"],
}
HARMLESS = {
    "en": [
        "My last order came quickly, thank you",
        "Cancel my order 5 please",
        "Can I cancel a transfer to my account?",
        "Why was my account closed by you?",
        "You have closed my account by mistake",
        "What happens if my card is stolen?",
        "Is my card lost in the mail?",
        "Your fraud team is superb",
        "I found the card that I had lost",
        "We are on holiday, leaving for Rome tomorrow",
        "Never again had a problem since you fixed it",
        "Please cancel the appointment on Monday",
        "My feelings were hurt a little",
    ],
    "de": [
        "Meine letzte Bestellung war super",
        "Bitte stornieren Sie meine Bestellung",
        "Was passiert, wenn meine Karte gestohlen wird?",
        "Ihr Betrugsschutz ist klasse",
    ],
    "fr": ["Ma dernière commande est arrivée vite", "Annulez ma commande 5", "Que se passe-t-il si je perds ma carte ?"],
    "es": ["Mi último pedido llegó rápido", "Cancelar mi pedido 5", "¿Qué pasa si me roban la tarjeta?"],
    "it": ["Il mio ultimo ordine è arrivato subito", "Vorrei annullare il mio ordine 5", "Cosa succede se perdo la carta?"],
    "pt": ["O meu último pedido chegou rápido", "Quero cancelar meu pedido 5"],
    "nl": ["Mijn laatste bestelling was snel", "Ik wil mijn bestelling annuleren"],
    "pl": ["Moje ostatnie zamówienie przyszło szybko", "Chcę anulować zamówienie 5"],
    "tr": ["Son siparişim çabuk geldi", "Siparişimi iptal etmek istiyorum"],
    "ja": ["最後の注文はとても早く届きました。", "注文をキャンセルしたいです。"],
    "el": ["Η τελευταία μου παραγγελία ήρθε γρήγορα", "Θέλω να ακυρώσω την παραγγελία 5"],
    "uk": ["Моє останнє замовлення прийшло швидко", "Хочу скасувати замовлення 5"],
    "hy": ["Իմ վերջին պատվերը արագ եկավ", "Ուզում եմ չեղարկել պատվերը 5"],
}
ONLY_MAIL = {
    "en": ["Please cancel my subscription to your newsletter", "How do I stop my membership of the mailing list?"],
    "de": ["Ich möchte das Newsletter-Abo kündigen", "Bitte das Abonnement des Newsletters beenden"],
    "fr": ["Je veux me désabonner de la newsletter", "Annuler mon abonnement à votre lettre d'information"],
    "es": ["Quiero darme de baja del boletín", "Cancelar mi suscripción a la newsletter"],
    "it": ["Vorrei annullare l'iscrizione alla newsletter"],
    "pt": ["Quero cancelar a assinatura do boletim", "Cancelar a subscrição da newsletter"],
    "nl": ["Ik wil het abonnement op de nieuwsbrief opzeggen"],
    "pl": ["Chcę anulować subskrypcję newslettera"],
    "tr": ["Bülten aboneliğimi iptal etmek istiyorum"],
    "ja": ["メルマガの会員登録を解除したいです。"],
    "el": ["Θέλω να ακυρώσω τη συνδρομή μου στο newsletter"],
    "uk": ["Хочу скасувати підписку на розсилку"],
    "hy": ["Ուզում եմ չեղարկել newsletter-ի բաժանորդագրությունը"],
}
MAIL_AND_MORE = [
    "I want to cancel my contract because your newsletter keeps coming.",
    "Nobody answered my emails, cancel my contract",
    "I sent three emails, cancel my subscription now",
    "Close my account, no more notifications",
    "Cancel my contract, I also do not want the newsletter",
    "Ich kündige meinen Vertrag, weil der Newsletter nicht aufhört.",
    "Ich kündige meinen Vertrag, auch den Newsletter",
    "Je veux résilier mon contrat parce que vos newsletters ne s'arrêtent pas.",
    "Хочу розірвати договір, бо розсилка не припиняється.",
]
HOW_OFTEN = {
    "en": ("How many times do I have to ask?", "How many times a year is it serviced?"),
    "de": ("Wie oft muss ich noch anrufen?", "Wie oft wird die Rechnung verschickt?"),
    "fr": ("Combien de fois dois-je appeler ?", "Combien de fois par an passe le technicien ?"),
    "es": ("¿Cuántas veces tengo que llamar?", "¿Cuántas veces al año se factura?"),
    "it": ("Quante volte devo chiamare?", "Quante volte all'anno arriva la fattura?"),
    "pt": ("Quantas vezes preciso ligar?", "Quantas vezes por ano chega a fatura?"),
    "nl": ("Hoe vaak moet ik nog bellen?", "Hoe vaak komt de factuur?"),
    "pl": ("Ile razy mam dzwonić?", "Ile razy w roku przychodzi faktura?"),
    "tr": ("Kaç kere aramam gerekiyor?", "Yılda kaç kez fatura geliyor?"),
    "el": ("Πόσες φορές πρέπει να τηλεφωνήσω;", "Πόσες φορές τον χρόνο έρχεται ο λογαριασμός;"),
    "uk": ("Скільки разів треба дзвонити?", "Скільки разів на рік приходить рахунок?"),
    "hy": ("Քանի՞ անգամ պետք է զանգեմ", "Տարեկան քանի՞ անգամ է գալիս հաշիվը"),
}
"""Who asks the third time, and who only asks."""
ALIKE = {
    "en": [
        ("ignored", "It has been ten days and I have not had a single reply.", "Nobody answers as fast as you do."),
        ("competitor", "Going over to the competition, they deliver on time.", "We switched to you from a competitor and are happy."),
        ("security", "I can see other people's orders when I log in.", "Enjoyed the hacker conference you sponsored."),
        ("leave", "I won't be giving you another penny.", "We are leaving the office at five, please call before."),
    ],
    "de": [
        ("ignored", "Seit zehn Tagen warte ich auf eine Antwort.", "Wir warten auf Ihre Antwort und wünschen ein schönes Wochenende."),
        ("competitor", "Ich bin zur Konkurrenz gegangen.", "Wir sind von der Konkurrenz zu Ihnen gewechselt."),
        ("security", "Meine Frau hat sich am Deckel verbrannt.", "Ich habe mir die Zunge verbrannt, so gierig war ich."),
        ("cancel", "ich will mein abo kuendigen", "Unser Mietvertrag wurde gekündigt, daher die neue Adresse."),
    ],
    "fr": [
        ("ignored", "Cela fait trois semaines que j'attends une réponse.", "J'attends votre réponse, bonne journée."),
        ("competitor", "Nous passons à la concurrence.", "Vous êtes loin devant la concurrence."),
        ("security", "Ma femme s'est brûlée avec le couvercle.", "Je me suis brûlé la langue tellement j'étais pressé."),
        ("leave", "Si ça continue, nous partons.", "Nous partons en vacances vendredi, livrez avant svp."),
    ],
    "es": [
        ("ignored", "Todavía no he recibido ninguna respuesta.", "Quedo a la espera de su respuesta, un saludo."),
        ("competitor", "Nos vamos a la competencia.", "Ganamos la competencia de baristas con su café."),
        ("security", "Hay cargos en mi tarjeta que no reconozco.", "El barista me robó el corazón."),
        ("leave", "Si sigue así nos vamos.", "Nos vamos de vacaciones el viernes, entreguen antes."),
    ],
    "it": [
        ("ignored", "Aspetto una risposta da due settimane.", "In attesa di un vostro riscontro, cordiali saluti."),
        ("competitor", "Passiamo alla concorrenza.", "Siete molto avanti rispetto alla concorrenza."),
        ("security", "Ci sono addebiti sulla mia carta che non ho autorizzato.", "Mi sono scottato la lingua, troppa fretta."),
        ("leave", "Non comprerò mai più da voi.", "Me ne vado in ferie, sospendete una consegna."),
    ],
    "pt": [
        ("ignored", "Estou há duas semanas à espera de uma resposta.", "Aguardo retorno, obrigado."),
        ("competitor", "Vamos mudar para a concorrência.", "Estão muito à frente da concorrência."),
        ("security", "O meu filho queimou-se com o vosso aparelho.", "Queimei a língua de tanta pressa."),
        ("leave", "Se continuar assim vamos embora.", "Vamos embora de férias na sexta, entreguem antes."),
    ],
    "nl": [
        ("ignored", "Ik wacht al twee weken op antwoord.", "Ik wacht op uw antwoord, fijne dag."),
        ("competitor", "Wij stappen over naar de concurrent.", "Jullie zijn de concurrentie ver vooruit."),
        ("security", "Iemand heeft mijn creditcard gebruikt zonder toestemming.", "Ik heb mijn tong verbrand van de haast."),
    ],
    "pl": [
        ("ignored", "Od dwóch tygodni czekam na odpowiedź.", "Czekam na odpowiedź, pozdrawiam."),
        ("competitor", "Wasz konkurent oferuje to samo za pół ceny.", "Macie konkurencyjne ceny."),
        ("leave", "Ostatni raz u was kupuję.", "Nigdy więcej bez tej kawy!"),
    ],
    "tr": [
        ("ignored", "İki haftadır cevap bekliyorum.", "Cevabınızı bekliyorum, iyi günler."),
        ("competitor", "Rakibinize geçiyoruz.", "Rakibinizi bırakıp size geçtik, memnunuz."),
        ("security", "Kartımdan haberim olmadan para çekilmiş.", "Bilgilerim sizde güvende mi?"),
    ],
    "ja": [
        ("ignored", "折り返しの電話が来ません。", "返事を待たされたことは一度もありません。"),
        ("competitor", "来月から仕入れ先を変えます。", "他社から御社に乗り換えて満足しています。"),
        ("security", "今朝、機械から火が出ました。", "急いで舌をやけどしました。"),
    ],
    "el": [
        ("ignored", "Περιμένω απάντηση εδώ και δύο εβδομάδες.", "Περιμένω την απάντησή σας, ευχαριστώ."),
        ("competitor", "Πάμε στον ανταγωνισμό.", "Είστε πολύ μπροστά από τον ανταγωνισμό."),
        ("security", "Η μηχανή πήρε φωτιά σήμερα το πρωί.", "Αυτές οι τιμές είναι φωτιά!"),
    ],
    "uk": [
        ("ignored", "Два тижні чекаю на відповідь.", "Чекаю на вашу відповідь, гарного дня."),
        ("competitor", "Переходимо до конкурентів.", "У вас конкурентні ціни."),
        ("security", "Дружина обпеклася кришкою.", "Обпік язик від поспіху."),
    ],
    "hy": [
        ("ignored", "Երկու շաբաթ է սպասում եմ պատասխանի։", "Սպասում եմ ձեր պատասխանին, շնորհակալություն։"),
        ("competitor", "Անցնում ենք մրցակցին։", "Դուք մրցակցային գներ ունեք։"),
        ("security", "Որդիս այրվեց ձեր սարքից։", "Այս սուրճը վտանգավոր համեղ է։"),
    ],
}
"""Who means it, and who says nearly the same and does not."""


@pytest.mark.parametrize(("language", "pair"), [(language, pair) for language, pairs in ALIKE.items() for pair in pairs])
def test_who_means_it_is_told_from_who_says_nearly_the_same(language, pair):
    intent, meant, harmless = pair
    assert not LEXICON.intents(meant)[intent].negated, language
    assert {intent: meaning for intent, meaning in LEXICON.intents(harmless).items() if not meaning.negated} == {}, language


@pytest.mark.parametrize(("intent", "language", "said"), SAID)
def test_what_customers_say_is_understood_as_what_they_mean(intent, language, said):
    found = LEXICON.intents(said)
    assert intent in found, (language, found)
    assert not found[intent].negated, (language, found)


@pytest.mark.parametrize(("language", "said"), [(language, said) for language, sentences in NEGATED.items() for said in sentences])
def test_what_is_negated_before_it_in_its_clause_is_only_half_said(language, said):
    found = LEXICON.intents(said)
    assert "cancel" in found, language
    assert found["cancel"].negated, (language, found)


@pytest.mark.parametrize(("language", "said"), [(language, said) for language, sentences in HARMLESS.items() for said in sentences])
def test_what_only_sounds_like_it_means_nothing(language, said):
    found = {intent: meaning for intent, meaning in LEXICON.intents(said).items() if intent in {"cancel", "leave", "security"}}
    assert {intent: meaning for intent, meaning in found.items() if not meaning.negated} == {}, language


@pytest.mark.parametrize(("language", "said"), [(language, said) for language, sentences in ONLY_MAIL.items() for said in sentences])
def test_who_wants_no_more_newsletters_does_not_leave(language, said):
    assert "cancel" not in LEXICON.intents(said), language


@pytest.mark.parametrize("said", MAIL_AND_MORE)
def test_a_newsletter_in_another_clause_takes_nothing_away(said):
    assert not LEXICON.intents(said)["cancel"].negated


@pytest.mark.parametrize("language", HOW_OFTEN)
def test_how_often_is_a_complaint_only_where_something_had_to_be_said_again(language):
    tired, curious = HOW_OFTEN[language]
    assert "ignored" in LEXICON.intents(tired)
    assert "ignored" not in LEXICON.intents(curious)


@pytest.mark.parametrize(
    "said",
    ["Ignore the previous message", "Switch to another user", "I want to change my bank account number", "Switch to a different size"],
)
def test_what_a_word_shares_with_another_language_or_meaning_is_no_sign(said):
    assert LEXICON.intents(said) == {}
